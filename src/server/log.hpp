#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "posix/clock.hpp"

namespace iomux::server {

enum class LogLevel : std::uint8_t { error, warning, info, debug };

inline constexpr std::array<std::string_view, 4> log_level_names{"error", "warning", "info", "debug"};
std::optional<LogLevel> log_level_named(std::string_view name);

/// Allows one line of a kind per second, so that clients cannot flood the log. Thread-safe.
class LogRateLimit {
public:
    /// Returns how many lines were suppressed since the last one, or nothing if this line is to be suppressed.
    std::optional<std::uint64_t> allow(posix::Clock::time_point now = posix::Clock::now());

private:
    std::mutex mutex_;
    posix::Deadline next_;
    std::uint64_t suppressed_ = 0;
};

/// Writes lines to standard error, one write(2) each, so that the lines of several threads do not mix. If standard
/// error is a pipe that is full or closed, lines are lost and the service continues.
class Log {
public:
    explicit Log(LogLevel level) : level_(level) {}

    bool takes(LogLevel level) const { return level <= level_; }
    bool debugging() const { return takes(LogLevel::debug); }

    template <class... Args>
    void line(LogLevel level, fmt::format_string<Args...> format, Args&&... args) const {
        if (takes(level)) write(level, fmt::format(format, std::forward<Args>(args)...));
    }

    /// The limit for lines about protocol errors, which all loops share.
    LogRateLimit& protocol_errors() const { return protocol_errors_; }

private:
    static void write(LogLevel level, std::string_view text);

    const LogLevel level_;
    mutable LogRateLimit protocol_errors_;
};

/// ` (12 more like it in the last second)`, or nothing if none was suppressed.
std::string and_more(std::uint64_t suppressed);

}  // namespace iomux::server
