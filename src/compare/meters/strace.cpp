#include "compare/meters/strace.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cstdlib>
#include <optional>
#include <sstream>
#include <stdexcept>

#include "posix/error.hpp"

namespace iomux::compare {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

std::string find_strace() {
    const char* path = std::getenv("PATH");
    std::istringstream folders(path != nullptr ? path : "");
    for (std::string folder; std::getline(folders, folder, ':');)
        if (std::string program = folder + "/strace"; ::access(program.c_str(), X_OK) == 0) return program;
    throw std::runtime_error("strace is not installed");
}

struct Call {
    std::string name;
    Strace::Time began;
};

// Returns nothing for the end of a call (`<... read resumed>`), a signal (`---`) or an exit (`+++`).
std::optional<Call> parse_call(const std::string& line) {
    std::istringstream fields(line);
    pid_t thread = 0;
    std::int64_t second = 0, microsecond = 0;
    char point = 0;
    std::string call;
    if (!(fields >> thread >> second >> point >> microsecond >> call)) return std::nullopt;
    const std::size_t bracket = call.find('(');
    if (bracket == std::string::npos || bracket == 0) return std::nullopt;
    return Call{call.substr(0, bracket), Strace::Time(seconds(second) + microseconds(microsecond))};
}

}  // namespace

CallCounts count_calls(std::string_view log, Strace::Time from, Strace::Time to) {
    CallCounts counts;
    std::istringstream lines{std::string(log)};
    for (std::string line; std::getline(lines, line);) {
        const std::optional<Call> call = parse_call(line);
        if (!call || call->began < from || call->began >= to) continue;
        ++counts.by_name[call->name];
        ++counts.all;
    }
    return counts;
}

Strace::Strace()
    : program_(find_strace()),
      log_(posix::check(::memfd_create("strace", MFD_CLOEXEC), "cannot create an in-memory log")) {}

std::vector<std::string> Strace::runner() const {
    // -D: the server stays a child of this process, and strace runs as a grandchild. Raw arguments: strace need not
    // fetch data from the server's memory.
    return {program_,
            "-D",
            "-f",
            "-qq",
            "-ttt",
            "-e",
            "signal=none",
            "-e",
            "raw=all",
            "-o",
            fmt::format("/proc/{}/fd/{}", ::getpid(), log_.get())};
}

CallCounts Strace::count(Time from, Time to) const {
    struct stat status {};
    posix::check(::fstat(log_.get(), &status), "cannot read the output of strace");
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    const ssize_t size = ::pread(log_.get(), text.data(), text.size(), 0);
    if (size < 0) posix::throw_errno("cannot read the output of strace");
    return count_calls(std::string_view(text).substr(0, static_cast<std::size_t>(size)), from, to);
}

}  // namespace iomux::compare
