#include "cli/output_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <random>
#include <system_error>
#include <utility>

#include "cli/printable.hpp"
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
    fs::path path;                  ///< The target if the name is of a symbolic link.
    std::optional<int> descriptor;  ///< It is open already.
    std::optional<struct stat> status;

    bool is_replaced() const { return !descriptor && (!status || S_ISREG(status->st_mode)); }
};

// Throws std::system_error.
Destination destination_of(const std::string& file) {
    if (file == standard_output) return {.path = file, .descriptor = STDOUT_FILENO, .status = {}};
    Destination destination{.path = fs::absolute(file), .descriptor = {}, .status = {}};
    for (int links = 0;; ++links) {
        destination.descriptor = own_descriptor(destination.path);
        std::error_code no_link;
        const fs::path target = destination.descriptor ? fs::path() : fs::read_symlink(destination.path, no_link);
        if (destination.descriptor || no_link) break;
        if (links == most_links) refuse(file, ELOOP);
        destination.path = destination.path.parent_path() / target;
    }
    struct stat status {};
    if (!destination.descriptor && ::stat(destination.path.c_str(), &status) == 0)
        destination.status = status;
    else if (!destination.descriptor && errno != ENOENT)
        refuse(file, errno);
    return destination;
}

// Returns errno, or 0.
int write_all(int fd, std::string_view content) {
    while (!content.empty()) {
        const ssize_t size = posix::uninterrupted([&] { return ::write(fd, content.data(), content.size()); });
        if (size < 0) return errno;
        content.remove_prefix(static_cast<std::size_t>(size));
    }
    return 0;
}

// Some file systems report only now that the disk is full. Returns errno, or 0.
int close_written(posix::UniqueFd file) { return ::close(file.release()) == 0 ? 0 : errno; }

int open_in_place(const Destination& destination, int flags) {
    return ::open(destination.path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY | flags);
}

// Returns errno, or 0.
int write_in_place(const Destination& destination, std::string_view content) {
    posix::UniqueFd opened(open_in_place(destination, destination.is_replaced() ? O_TRUNC : 0));
    if (!opened) return errno;
    if (const int error = write_all(opened.get(), content); error != 0) return error;
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
        const int error = write_all(file_.get(), content);
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
// is a mount point or belongs to another user.
bool may_be_in_place(const Destination& destination, int error) {
    return destination.status && (error == EACCES || error == EPERM || error == EROFS || error == EBUSY);
}

// Returns errno, or 0.
int replace(const Destination& destination, std::string_view content) {
    Replacement replacement(destination);
    int error = replacement.error();
    if (error == 0) error = replacement.write(content);
    if (error == 0) error = replacement.take_the_place_of(destination.path);
    return may_be_in_place(destination, error) ? write_in_place(destination, content) : error;
}

// Returns errno, or 0.
int write_to(const Destination& destination, std::string_view content) {
    if (destination.descriptor == STDOUT_FILENO && std::fflush(stdout) != 0) return errno;
    if (destination.descriptor) return write_all(*destination.descriptor, content);
    return destination.is_replaced() ? replace(destination, content) : write_in_place(destination, content);
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
    const int error = Replacement(destination).error();
    if (!may_be_in_place(destination, error)) return error;
    return posix::UniqueFd(open_in_place(destination, 0)) ? 0 : errno;
}

}  // namespace

bool is_standard_output(const std::string& file) { return destination_of(file).descriptor == STDOUT_FILENO; }

bool is_same_output(const std::string& one, const std::string& other) {
    const Destination first = destination_of(one), second = destination_of(other);
    if (first.descriptor == STDOUT_FILENO || second.descriptor == STDOUT_FILENO)
        return first.descriptor == second.descriptor;
    if (!first.is_replaced() || !second.is_replaced()) return false;
    if (!first.status || !second.status)
        return !first.status && !second.status && fs::weakly_canonical(first.path) == fs::weakly_canonical(second.path);
    return first.status->st_dev == second.status->st_dev && first.status->st_ino == second.status->st_ino;
}

void check_output_file(const std::string& file) {
    if (file.empty()) refuse("\"\"", ENOENT);
    if (const int error = why_not_writable(destination_of(file)); error != 0) refuse(file, error);
}

void write_file(const std::string& file, std::string_view content) {
    if (file.empty()) refuse("\"\"", ENOENT);
    if (const int error = write_to(destination_of(file), content); error != 0) refuse(file, error);
}

}  // namespace iomux::cli
