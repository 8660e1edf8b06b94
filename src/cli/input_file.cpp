#include "cli/input_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <stdexcept>

#include "cli/output.hpp"
#include "cli/printable.hpp"
#include "cli/wait.hpp"
#include "posix/error.hpp"
#include "posix/unique_fd.hpp"

namespace iomux::cli {
namespace {

[[noreturn]] void refuse(std::string_view why) { throw std::runtime_error(std::string(why)); }
[[noreturn]] void refuse_for(int error) { refuse(posix::error_of(error).message()); }

[[noreturn]] void refuse_length(std::size_t most_bytes) {
    constexpr std::size_t mebibyte = 1024 * 1024;
    const bool is_round = most_bytes % mebibyte == 0;
    refuse(fmt::format("it is longer than {} {}", is_round ? most_bytes / mebibyte : most_bytes,
                       is_round ? "MiB" : "bytes"));
}

// A FIFO is opened without waiting for a writer.
enum class Source { fifo, other };

// Without a writer, a FIFO reads as at its end. If a writer has come and gone, it has hung up.
void wait_for_writer(int fd, const std::string& name) {
    const std::string writer = "a writer of " + name;
    const Wait wait("waited for " + writer);
    if (is_ready(fd, POLLIN)) return;
    print_remark("waiting for " + writer);
    wait.until_ready(fd, POLLIN);
}

// The errors lack the name.
std::string content_of(int fd, Source source, const std::string& name, std::size_t most_bytes) {
    constexpr std::size_t least_room = 64 * 1024;
    const Wait wait("read " + name);
    bool may_lack_writer = source == Source::fifo;
    std::string content;
    std::size_t size = 0;
    for (;;) {
        // One byte more than allowed, to see whether there is one.
        content.resize(std::min(std::max(2 * size, least_room), most_bytes + 1));
        if (source == Source::other) wait.until_ready(fd, POLLIN);
        const ssize_t got = ::read(fd, content.data() + size, content.size() - size);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
            wait.until_ready(fd, POLLIN);
        } else if (got < 0) {
            refuse_for(errno);
        } else if (got > 0) {
            size += static_cast<std::size_t>(got);
            if (size > most_bytes) refuse_length(most_bytes);
        } else if (size == 0 && may_lack_writer) {
            wait_for_writer(fd, name);
            may_lack_writer = false;
        } else {
            break;
        }
    }
    content.resize(size);
    return content;
}

std::string content_or_named_error(int fd, Source source, const std::string& name, std::size_t most_bytes) try {
    return content_of(fd, source, name, most_bytes);
} catch (const WaitInterrupted&) {
    throw;
} catch (const std::runtime_error& error) {
    refuse(fmt::format("cannot read {}: {}", name, error.what()));
}

// What the file is if it is not a regular one.
const char* kind_of(mode_t mode) {
    switch (mode & S_IFMT) {
        case S_IFDIR: return "a folder";
        case S_IFLNK: return "a symbolic link";
        case S_IFIFO: return "a FIFO";
        case S_IFSOCK: return "a socket";
        default: return "a device";
    }
}

void check_is_regular(const struct stat& status) {
    if (!S_ISREG(status.st_mode)) refuse(fmt::format("it is {}, not a regular file", kind_of(status.st_mode)));
}

}  // namespace

std::string read_file(const std::string& file, std::size_t most_bytes) {
    const std::string name = file.empty() ? "\"\"" : excerpt(file);
    const posix::UniqueFd opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!opened) posix::throw_errno("cannot read " + name);
    struct stat status {};
    posix::check(::fstat(opened.get(), &status), "cannot read " + name);
    if (S_ISFIFO(status.st_mode)) return content_or_named_error(opened.get(), Source::fifo, name, most_bytes);
    const int flags = ::fcntl(opened.get(), F_GETFL);
    posix::check(::fcntl(opened.get(), F_SETFL, flags & ~O_NONBLOCK), "cannot read " + name);
    return content_or_named_error(opened.get(), Source::other, name, most_bytes);
}

std::string content_if_readable(const std::string& file) {
    constexpr std::size_t least_room = 4096;  // of most files of the kernel
    const posix::UniqueFd opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    std::string content;
    std::size_t size = 0;
    for (ssize_t got = 1; got > 0; size += static_cast<std::size_t>(got)) {
        if (size == content.size()) content.resize(std::max(2 * size, least_room));
        got = posix::uninterrupted([&] { return ::read(opened.get(), content.data() + size, content.size() - size); });
        if (got < 0) return "";
    }
    content.resize(size);
    return content;
}

std::string read_standard_input(std::size_t most_bytes) {
    return content_or_named_error(STDIN_FILENO, Source::other, "standard input", most_bytes);
}

std::optional<std::string> read_regular_file(const std::filesystem::path& file, std::size_t most_bytes) {
    struct stat status {};
    posix::UniqueFd opened;
    if (::lstat(file.c_str(), &status) == 0) {
        check_is_regular(status);
        opened.reset(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC));
    }
    if (!opened && errno == ENOENT) return std::nullopt;
    if (!opened || ::fstat(opened.get(), &status) != 0) refuse_for(errno);
    check_is_regular(status);  // it may have been replaced since
    if (static_cast<std::uintmax_t>(status.st_size) > most_bytes) refuse_length(most_bytes);
    return content_of(opened.get(), Source::other, file.string(), most_bytes);
}

}  // namespace iomux::cli
