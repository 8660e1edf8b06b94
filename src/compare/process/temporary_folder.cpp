#include "compare/process/temporary_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

#include "posix/error.hpp"
#include "posix/temporary_files.hpp"

namespace iomux::compare {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view pattern = ".iomux-compare-XXXXXX";  // for mkdtemp(3)
constexpr std::size_t varying = 6;
constexpr posix::TemporaryNames names{.type = posix::TemporaryNames::Type::folder,
                                      .prefix = pattern.substr(0, pattern.size() - varying),
                                      .varying = varying};

fs::path folder_for_temporaries() {
    const char* const variable = std::getenv("TMPDIR");
    return variable != nullptr && *variable != '\0' ? variable : "/tmp";
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
    [[maybe_unused]] static const bool once = (remove_stale_folders(), true);
    const fs::path parent = folder_for_temporaries();
    do {
        std::string path = parent / pattern;
        if (::mkdtemp(path.data()) == nullptr)
            throw std::runtime_error(
                fmt::format("cannot create a temporary folder in {}: {}; set TMPDIR to a folder that can be written",
                            parent.string(), posix::error_of(errno).message()));
        path_ = path;
        in_use_.reset(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        // Another process may have taken it for stale before it was marked as in use.
        if (const int error = errno; !in_use_ && error != ENOENT) {
            ::rmdir(path.c_str());
            posix::throw_errno("cannot use the temporary folder " + path, error);
        }
    } while (!in_use_ || !posix::keep_temporary(in_use_.get(), path_));
}

fs::path TemporaryFolder::example() { return folder_for_temporaries() / pattern; }

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;  // a destructor has no way to report it
    fs::remove_all(path_, ignored);
}

void TemporaryFolder::remove_stale_folders() { posix::remove_stale_temporaries(folder_for_temporaries(), names); }

}  // namespace iomux::compare
