#include "server/log.hpp"

#include <poll.h>
#include <unistd.h>

#include <utility>

#include "cli/printable.hpp"

namespace iomux::server {

std::optional<LogLevel> log_level_named(std::string_view name) {
    for (std::size_t i = 0; i < log_level_names.size(); ++i)
        if (log_level_names[i] == name) return static_cast<LogLevel>(i);
    return std::nullopt;
}

void Log::write(LogLevel level, std::string_view text) {
    const std::string line =
        fmt::format("{}: {}\n", log_level_names[static_cast<std::size_t>(level)], cli::well_formed_line(text));
    // A log that is not read, or cannot be written, must not stop the service, so this never blocks. A pipe that
    // poll(2) reports as writable has room for one line (PIPE_BUF, pipe(7)), so one thread writes at a time.
    static std::mutex one_writer;
    const std::lock_guard lock(one_writer);
    pollfd log{STDERR_FILENO, POLLOUT, 0};
    if (::poll(&log, 1, 0) <= 0 || (log.revents & POLLOUT) == 0) return;
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

std::optional<std::uint64_t> LogRateLimit::allow(posix::Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    if (next_ && now < *next_) {
        ++suppressed_;
        return std::nullopt;
    }
    next_ = now + std::chrono::seconds(1);
    return std::exchange(suppressed_, 0);
}

std::string and_more(std::uint64_t suppressed) {
    return suppressed == 0 ? "" : fmt::format(" ({} more like it in the last second)", suppressed);
}

}  // namespace iomux::server
