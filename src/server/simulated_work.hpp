#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace iomux::server {

/// The time that a handler would take to work out the answer to a message, or to wait for it. The thread that serves
/// the client spends it before the reply is sent.
struct SimulatedWork {
    enum class By : std::uint8_t {
        busy,   ///< Busy-waits, like a handler that computes: it uses the CPU.
        sleep,  ///< Sleeps, like a handler that waits for a disk or a database: it only occupies the thread.
    };
    By by = By::busy;
    std::chrono::nanoseconds time{0};  ///< Per message. 0: none.

    bool takes_time() const { return time.count() != 0; }
    /// Spends the time for that many messages.
    void spend(std::size_t messages) const;
};

/// Parses `busy:50us` or `sleep:1ms`. Returns nothing for other texts, or if the time is longer than ten seconds.
std::optional<SimulatedWork> parse_simulated_work(std::string_view text);

}  // namespace iomux::server
