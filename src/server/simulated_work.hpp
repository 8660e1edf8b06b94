#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace iomux::server {

/// The time that a message takes beside being answered, as it would where the answer has to be worked out or waited
/// for. The thread that serves the client spends it before the reply is sent.
struct SimulatedWork {
    enum class By : std::uint8_t {
        busy,   ///< Spinning: the processor is taken.
        sleep,  ///< Sleeping, as a handler does that waits for a disk or a database: only the thread is taken.
    };
    By by = By::busy;
    std::chrono::nanoseconds time{0};  ///< A message; 0: none.

    bool takes_time() const { return time.count() != 0; }
    /// For so many messages.
    void spend(std::size_t messages) const;
};

/// `busy:50us`, `sleep:1ms`. Nothing where the text is neither, or the time is over ten seconds.
std::optional<SimulatedWork> parse_simulated_work(std::string_view text);

}  // namespace iomux::server
