#include "cli/input_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "cli/printable.hpp"
#include "posix/error.hpp"
#include "posix/unique_fd.hpp"

namespace iomux::cli {
namespace {

// A signal that asks the program to stop ends the wait for a FIFO (EINTR).
std::string content_of(int fd, const std::string& name, std::size_t most_bytes) {
    constexpr std::size_t least_room = 64 * 1024;
    std::string content;
    std::size_t size = 0;
    for (;;) {
        // One byte more than allowed, to see whether there is one.
        content.resize(std::min(std::max(2 * size, least_room), most_bytes + 1));
        const ssize_t got = ::read(fd, content.data() + size, content.size() - size);
        if (got < 0) posix::throw_errno("cannot read " + name);
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
        if (size > most_bytes)
            throw std::runtime_error(fmt::format("cannot read {}: it is longer than {} bytes", name, most_bytes));
    }
    content.resize(size);
    return content;
}

}  // namespace

std::string read_file(const std::string& file, std::size_t most_bytes) {
    const std::string name = file.empty() ? "\"\"" : excerpt(file);
    const posix::UniqueFd opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!opened) posix::throw_errno("cannot read " + name);
    return content_of(opened.get(), name, most_bytes);
}

std::string read_standard_input(std::size_t most_bytes) {
    return content_of(STDIN_FILENO, "standard input", most_bytes);
}

}  // namespace iomux::cli
