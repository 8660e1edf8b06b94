#include "cli/output.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <string>

#include "cli/wait.hpp"
#include "posix/error.hpp"

namespace iomux::cli {

namespace {

std::string& program_name() {
    static std::string name;
    return name;
}

[[noreturn]] void report_loss() {
    const int error = errno;
    std::clearerr(stdout);  // it is reported once
    throw_output_lost(error);
}

}  // namespace

void end_by_sigpipe() {
    struct sigaction action {};
    if (::sigaction(SIGPIPE, nullptr, &action) != 0 || action.sa_handler == SIG_IGN) return;
    std::signal(SIGPIPE, SIG_DFL);
    std::raise(SIGPIPE);
}

void throw_output_lost(int error) {
    constexpr const char* what = "cannot write to standard output";
    if (error == EPIPE) throw ReaderGone(posix::error_of(error), what);
    if (error == EINTR) throw WaitInterrupted("interrupted while it wrote to standard output");
    posix::throw_errno(what, error);
}

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

bool print_error(std::string_view text) { return std::fwrite(text.data(), 1, text.size(), stderr) == text.size(); }

void name_program(std::string_view name) { program_name() = name; }

void print_remark(std::string_view text) { print_error(fmt::format("{}: {}\n", program_name(), text)); }

}  // namespace iomux::cli
