#include "posix/temporary_files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <vector>

#include "posix/error.hpp"
#include "posix/unique_fd.hpp"

namespace iomux::posix {
namespace {

namespace fs = std::filesystem;

bool has_form(std::string_view name, const TemporaryNames& names) {
    return name.size() == names.prefix.size() + names.varying + names.suffix.size() && name.starts_with(names.prefix) &&
           name.ends_with(names.suffix);
}

bool is_same_file(int fd, const fs::path& path) {
    struct stat opened {
    }, named{};
    return ::fstat(fd, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
           opened.st_ino == named.st_ino;
}

// Anything of another type must not even be opened: a FIFO would tell its writer.
bool may_be_removed(const fs::path& path, TemporaryNames::Type type) {
    constexpr mode_t permissions = 07777;
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0 || status.st_uid != ::geteuid()) return false;
    return type == TemporaryNames::Type::file ? S_ISREG(status.st_mode)
                                              : S_ISDIR(status.st_mode) && (status.st_mode & permissions) == S_IRWXU;
}

void remove_if_stale(const fs::path& path, TemporaryNames::Type type) {
    if (!may_be_removed(path, type)) return;
    const UniqueFd opened(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC));
    if (!opened || uninterrupted([&] { return ::flock(opened.get(), LOCK_EX | LOCK_NB); }) != 0) return;
    std::error_code ignored;
    if (is_same_file(opened.get(), path)) fs::remove_all(path, ignored);
}

}  // namespace

// A file system without locks has no stale files either, because they cannot be told from those in use.
bool keep_temporary(int fd, const fs::path& path) {
    const int locked = uninterrupted([&] { return ::flock(fd, LOCK_EX | LOCK_NB); });
    // A process that looks for stale files may hold the lock.
    if (locked != 0 && errno == EWOULDBLOCK) return false;
    return locked != 0 || is_same_file(fd, path);
}

void remove_stale_temporaries(const fs::path& folder, const TemporaryNames& names) {
    std::error_code error;
    std::vector<fs::path> found;
    for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
         entry.increment(error))
        if (has_form(entry->path().filename().native(), names)) found.push_back(entry->path());
    for (const fs::path& path : found) remove_if_stale(path, names.type);
}

}  // namespace iomux::posix
