#include "cli/output.hpp"

#include <fmt/format.h>

#include <atomic>
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

std::atomic<bool> output_is_lost = false;

// Returns errno, or 0. A write of the buffer may fail although the text fits into what is left of it, and other threads
// write, too.
int write_to_stream(std::string_view text) {
    ::flockfile(stdout);
    errno = 0;
    const bool is_taken = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
    const bool is_lost = !is_taken || std::ferror(stdout) != 0;
    const int error = errno;
    std::clearerr(stdout);  // it is reported once
    ::funlockfile(stdout);
    return is_lost && error == 0 ? EIO : is_lost ? error : 0;
}

}  // namespace

void end_by_sigpipe() {
    struct sigaction action {};
    if (::sigaction(SIGPIPE, nullptr, &action) != 0 || action.sa_handler == SIG_IGN) return;
    std::signal(SIGPIPE, SIG_DFL);
    std::raise(SIGPIPE);
}

bool is_output_lost() { return output_is_lost; }

void throw_output_lost(int error) {
    output_is_lost = true;
    constexpr const char* what = "cannot write to standard output";
    if (error == EPIPE) throw ReaderGone(posix::error_of(error), what);
    if (error == EINTR) throw WaitInterrupted("interrupted while it wrote to standard output");
    posix::throw_errno(what, error);
}

void print(std::string_view text) {
    if (const int error = write_to_stream(text); error != 0) throw_output_lost(error);
}

void flush() {
    const int failed = std::fflush(stdout) == 0 ? 0 : errno;
    const int error = failed == 0 && std::ferror(stdout) != 0 ? EIO : failed;  // what it was is not known any more
    if (error == 0) return;
    std::clearerr(stdout);
    throw_output_lost(error);
}

bool print_error(std::string_view text) { return std::fwrite(text.data(), 1, text.size(), stderr) == text.size(); }

void name_program(std::string_view name) { program_name() = name; }

void print_remark(std::string_view text) { print_error(fmt::format("{}: {}\n", program_name(), text)); }

}  // namespace iomux::cli
