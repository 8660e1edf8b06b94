#include "cli/output.hpp"

#include <cerrno>
#include <cstdio>

#include "posix/error.hpp"

namespace iomux::cli {

namespace {

[[noreturn]] void report_loss() {
    const int error = errno;
    std::clearerr(stdout);  // it is reported once
    posix::throw_errno("cannot write to standard output", error);
}

}  // namespace

void print(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) report_loss();
}

void flush() {
    if (std::fflush(stdout) != 0) report_loss();
    if (std::ferror(stdout) != 0) {
        errno = EIO;  // what it was is not known any more
        report_loss();
    }
}

void print_error(std::string_view text) { static_cast<void>(std::fwrite(text.data(), 1, text.size(), stderr)); }

}  // namespace iomux::cli
