#include "compare/process/temporary_folder.hpp"

#include <fcntl.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "posix/error.hpp"
#include "posix/temporary_files.hpp"

namespace iomux::compare {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view pattern = "iomux-run-XXXXXX";  // for mkdtemp(3)
constexpr std::size_t varying = 6;
constexpr posix::TemporaryNames names{.prefix = pattern.substr(0, pattern.size() - varying), .varying = varying};

}  // namespace

TemporaryFolder::TemporaryFolder() {
    [[maybe_unused]] static const bool once = (remove_stale_folders(), true);
    do {
        std::string path = fs::temp_directory_path() / pattern;
        if (::mkdtemp(path.data()) == nullptr) posix::throw_errno("cannot create a temporary folder " + path);
        path_ = path;
        in_use_.reset(posix::check(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                                   "cannot use the temporary folder " + path));
    } while (!posix::keep_temporary(in_use_.get(), path_));
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;  // a destructor has no way to report it
    fs::remove_all(path_, ignored);
}

void TemporaryFolder::remove_stale_folders() {
    std::error_code error;
    const fs::path folder = fs::temp_directory_path(error);
    if (!error) posix::remove_stale_temporaries(folder, names);
}

}  // namespace iomux::compare
