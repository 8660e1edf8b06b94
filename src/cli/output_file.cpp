#include "cli/output_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <random>
#include <system_error>
#include <utility>

#include "cli/output.hpp"
#include "cli/printable.hpp"
#include "cli/wait.hpp"
#include "posix/error.hpp"
#include "posix/temporary_files.hpp"
#include "posix/unique_fd.hpp"

namespace iomux::cli {
namespace {

namespace fs = std::filesystem;

constexpr int most_links = 40;  // as in path_resolution(7)

[[noreturn]] void refuse(const std::string& file, int error) {
    posix::throw_errno("cannot write " + printable(file), error);
}

// Throws std::system_error if the working directory was removed.
fs::path absolute_path(const std::string& file) {
    std::error_code error;
    fs::path path = fs::absolute(file, error);
    if (error)
        posix::throw_errno(
            fmt::format("cannot find {}: the working directory was removed or cannot be reached", printable(file)),
            error.value());
    return path;
}

// The number of the descriptor if the path is one of this process, such as /proc/self/fd/1.
std::optional<int> own_descriptor(const fs::path& path) {
    std::error_code none;
    const fs::path folder = fs::canonical(path.parent_path(), none);
    if (none || folder != fs::canonical("/proc/self/fd", none)) return std::nullopt;
    const std::string name = path.filename();
    int number = 0;
    const auto [end, invalid] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (invalid != std::errc() || end != name.data() + name.size()) return std::nullopt;
    return number;
}

// What a name means.
struct Destination {
    std::string name;               ///< For people.
    fs::path path;                  ///< The target if the name is of a symbolic link.
    std::optional<int> descriptor;  ///< It is open already.
    std::optional<struct stat> status;

    bool is_standard_output() const { return descriptor == STDOUT_FILENO; }
    bool is_regular() const { return status && S_ISREG(status->st_mode); }
    bool is_fifo() const { return status && S_ISFIFO(status->st_mode); }
    bool is_replaced() const { return !descriptor && (!status || is_regular()); }
};

// Throws std::system_error.
Destination destination_of(const std::string& file) {
    Destination destination{.name = printable(file), .path = {}, .descriptor = {}, .status = {}};
    if (file == standard_output)
        destination.descriptor = STDOUT_FILENO;
    else
        destination.path = absolute_path(file);
    for (int links = 0; !destination.descriptor; ++links) {
        destination.descriptor = own_descriptor(destination.path);
        std::error_code no_link;
        const fs::path target = destination.descriptor ? fs::path() : fs::read_symlink(destination.path, no_link);
        if (destination.descriptor || no_link) break;
        if (links == most_links) posix::throw_errno("cannot follow the symbolic link " + printable(file), ELOOP);
        destination.path = destination.path.parent_path() / target;
    }
    struct stat status {};
    const int failed =
        destination.descriptor ? ::fstat(*destination.descriptor, &status) : ::stat(destination.path.c_str(), &status);
    if (failed == 0)
        destination.status = status;
    else if (!destination.descriptor && errno != ENOENT)
        refuse(file, errno);
    return destination;
}

// Waits while a pipe is full, so that a signal ends it. Returns errno, or 0.
int write_all(int fd, const std::string& name, std::string_view content) {
    const Wait wait(fmt::format("waited for the reader of {}", name));
    while (!content.empty()) {
        wait.until_ready(fd, POLLOUT);
        // A pipe that is ready takes as much without blocking.
        const ssize_t size = ::write(fd, content.data(), std::min<std::size_t>(content.size(), PIPE_BUF));
        if (size < 0 && errno != EINTR && errno != EAGAIN) return errno;
        content.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    }
    return 0;
}

// Some file systems report only now that the disk is full. Returns errno, or 0.
int close_written(posix::UniqueFd file) { return ::close(file.release()) == 0 ? 0 : errno; }

posix::UniqueFd open_in_place(const Destination& destination, int flags) {
    constexpr mode_t for_all = 0666;  // without the umask
    return posix::UniqueFd(::open(destination.path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY | flags, for_all));
}

// Waits for a reader. It does not block later either, so that a signal ends each wait.
posix::UniqueFd open_fifo(const Destination& destination) {
    posix::UniqueFd opened = open_in_place(destination, O_NONBLOCK);
    if (opened || errno != ENXIO) return opened;
    const std::string reader = "a reader of " + destination.name;
    const Wait wait("waited for " + reader);
    print_remark("waiting for " + reader);
    do {
        wait.for_a_moment();
        opened = open_in_place(destination, O_NONBLOCK);
    } while (!opened && errno == ENXIO);
    return opened;
}

// A regular file is truncated. Errors are left in errno.
posix::UniqueFd open_to_write(const Destination& destination) {
    if (destination.is_fifo()) return open_fifo(destination);
    return open_in_place(destination, destination.is_replaced() ? O_TRUNC : 0);
}

// Returns errno, or 0.
int write_in_place(const Destination& destination, std::string_view content) {
    posix::UniqueFd opened = open_to_write(destination);
    if (!opened) return errno;
    if (const int error = write_all(opened.get(), destination.name, content); error != 0) return error;
    return close_written(std::move(opened));
}

// A file that takes the place of another when it is complete.
class Replacement {
public:
    // `error()` is 0 if it can be written.
    explicit Replacement(const Destination& destination) {
        const fs::path folder = destination.path.parent_path();
        posix::remove_stale_temporaries(folder, names);
        do create_in(folder);
        while (exists_ && !posix::keep_temporary(in_use_.get(), path_));
        if (exists_ && destination.status) take_owner_and_mode_of(*destination.status);
    }
    ~Replacement() {
        if (exists_) ::unlink(path_.c_str());
    }
    Replacement(const Replacement&) = delete;
    Replacement& operator=(const Replacement&) = delete;

    int error() const { return error_; }

    // Returns errno, or 0.
    int write(std::string_view content) {
        const int error = write_all(file_.get(), path_, content);
        return error != 0 ? error : close_written(std::move(file_));
    }
    // Returns errno, or 0.
    int take_the_place_of(const fs::path& path) {
        if (std::rename(path_.c_str(), path.c_str()) != 0) return errno;
        exists_ = false;
        return 0;
    }

private:
    static constexpr posix::TemporaryNames names{
        .type = posix::TemporaryNames::Type::file, .prefix = ".iomux-", .varying = 8, .suffix = ".part"};

    void create_in(const fs::path& folder) {
        constexpr mode_t for_all = 0666;  // without the umask
        path_ = folder / fmt::format("{}{:08x}{}", names.prefix, std::random_device()(), names.suffix);
        file_.reset(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, for_all));
        exists_ = static_cast<bool>(file_);
        if (!exists_) error_ = errno;
        in_use_.reset(::fcntl(file_.get(), F_DUPFD_CLOEXEC, 0));
    }

    // In this order, because chown(2) clears bits of the mode.
    void take_owner_and_mode_of(const struct stat& other) {
        constexpr mode_t mode_bits = 07777;
        struct stat mine {};
        const bool is_mine =
            ::fstat(file_.get(), &mine) == 0 && mine.st_uid == other.st_uid && mine.st_gid == other.st_gid;
        if (!is_mine && ::fchown(file_.get(), other.st_uid, other.st_gid) != 0) error_ = errno;
        if (error_ == 0 && ::fchmod(file_.get(), other.st_mode & mode_bits) != 0) error_ = errno;
    }

    fs::path path_;
    posix::UniqueFd file_;
    posix::UniqueFd in_use_;  // a copy, which is open until the file has its name
    bool exists_ = false;
    int error_ = 0;
};

// Whether a file that is there may be written although it cannot be replaced: in a directory of another user, or if it
// is a mount point or belongs to another user, or if it is the kernel's (/proc), which takes no new files.
bool may_be_in_place(const Destination& destination, int error) {
    constexpr std::array no_replacement{EACCES, EPERM, EROFS, EBUSY, ENOENT, ENOSYS, EOPNOTSUPP};
    return destination.status && std::ranges::find(no_replacement, error) != no_replacement.end();
}

// Returns errno, or 0.
int replace(const Destination& destination, std::string_view content) {
    Replacement replacement(destination);
    int error = replacement.error();
    if (error == 0) error = replacement.write(content);
    if (error == 0) error = replacement.take_the_place_of(destination.path);
    return may_be_in_place(destination, error) ? write_in_place(destination, content) : error;
}

// Whether another file in its place would not be the same: other names (hard links) would keep the old content, and
// extended attributes would be lost. Those of the kernel's security modules are set for new files, too.
bool has_ties(const Destination& destination) {
    if (!destination.is_regular() || destination.descriptor) return false;
    if (destination.status->st_nlink > 1) return true;
    std::string names(XATTR_LIST_MAX, '\0');
    const ssize_t size = ::listxattr(destination.path.c_str(), names.data(), names.size());
    names.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    for (std::size_t at = 0; at < names.size(); at = names.find('\0', at) + 1)
        if (!std::string_view(names).substr(at).starts_with("security.")) return true;
    return false;
}

// Returns errno, or 0.
int write_to(const Destination& destination, std::string_view content) {
    if (destination.is_standard_output() && std::fflush(stdout) != 0) return errno;
    if (destination.descriptor) return write_all(*destination.descriptor, destination.name, content);
    const bool is_replaced = destination.is_replaced() && !has_ties(destination);
    return is_replaced ? replace(destination, content) : write_in_place(destination, content);
}

// Returns errno, or 0.
int why_not_writable(const Destination& destination) {
    if (destination.descriptor) {
        const int flags = ::fcntl(*destination.descriptor, F_GETFL);
        return flags < 0 || (flags & O_ACCMODE) == O_RDONLY ? EBADF : 0;
    }
    if (!destination.is_replaced()) {
        if (S_ISDIR(destination.status->st_mode)) return EISDIR;
        if (S_ISSOCK(destination.status->st_mode)) return ENXIO;  // as open(2) says
        // It is not opened, because a reader of a FIFO would see its end.
        return ::access(destination.path.c_str(), W_OK) == 0 ? 0 : errno;
    }
    if (!destination.path.has_filename()) return EISDIR;
    if (!has_ties(destination)) {
        const int error = Replacement(destination).error();
        if (!may_be_in_place(destination, error)) return error;
    }
    const posix::UniqueFd opened = open_in_place(destination, 0);
    // Nothing is written to see whether it can be: files of the kernel can be opened even if they cannot.
    return opened && ::write(opened.get(), "", 0) == 0 ? 0 : errno;
}

[[noreturn]] void report_failure(const std::string& file, bool is_standard_output, int error) {
    if (is_standard_output) throw_output_lost(error);
    refuse(file, error);
}

}  // namespace

bool is_standard_output(const std::string& file) { return destination_of(file).is_standard_output(); }

bool is_same_output(const std::string& one, const std::string& other) {
    if (one.empty() || other.empty()) return false;  // there is no such file
    const Destination first = destination_of(one), second = destination_of(other);
    if (first.is_standard_output() && second.is_standard_output()) return true;
    if (first.descriptor && first.descriptor == second.descriptor) return false;  // one content follows the other
    if (first.is_regular() && second.is_regular())
        return first.status->st_dev == second.status->st_dev && first.status->st_ino == second.status->st_ino;
    std::error_code none;  // neither is there, so their folders may not be either
    return !first.status && !second.status &&
           fs::weakly_canonical(first.path, none) == fs::weakly_canonical(second.path, none);
}

bool is_replaced(const std::string& file) { return destination_of(file).is_replaced(); }

bool keeps_old_content(const std::string& file) {
    const Destination destination = destination_of(file);
    return destination.is_replaced() && !has_ties(destination) && Replacement(destination).error() == 0;
}

void check_output_file(const std::string& file) {
    if (file.empty()) refuse("\"\"", ENOENT);
    if (const int error = why_not_writable(destination_of(file)); error != 0) refuse(file, error);
}

void write_file(const std::string& file, std::string_view content) {
    if (file.empty()) refuse("\"\"", ENOENT);
    const Destination destination = destination_of(file);
    if (const int error = write_to(destination, content); error != 0)
        report_failure(file, destination.is_standard_output(), error);
}

OutputStream::OutputStream(const std::string& file) : file_(file) {
    const Destination destination = destination_of(file);
    is_standard_output_ = destination.is_standard_output();
    if (is_standard_output_) flush();
    if (destination.descriptor)
        opened_.reset(::fcntl(*destination.descriptor, F_DUPFD_CLOEXEC, 0));
    else
        opened_ = destination.status ? open_to_write(destination) : open_in_place(destination, O_CREAT);
    if (!opened_) report_failure(file, is_standard_output_, errno);
}

void OutputStream::write(std::string_view content) const {
    const int error = write_all(opened_.get(), printable(file_), content);
    if (error != 0) report_failure(file_, is_standard_output_, error);
}

}  // namespace iomux::cli
