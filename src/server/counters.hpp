#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace iomux::server {

/// Why a connection was closed.
enum class Cause : std::uint8_t {
    end_of_file,      ///< The client sent an end of file; every reply was sent.
    reset,            ///< The client reset the connection, or had closed it before a send (EPIPE).
    error,            ///< Any other socket error.
    protocol_error,   ///< The client broke the protocol; the replies that were due were sent.
    idle_timeout,     ///< The client began no message in time.
    message_timeout,  ///< The client did not complete a message in time.
    write_timeout,    ///< The client took no reply bytes in time.
    drained,          ///< The server stopped; everything received had been answered.
    drain_timeout,    ///< The server stopped, and replies were still unsent at the drain timeout.
};
inline constexpr std::size_t cause_count = 9;

std::string_view name_of(Cause cause);
/// The reason as the log states it: `end of file`.
std::string_view phrase_of(Cause cause);

/// What one server has done. Only its own thread writes them; read them once `run` has returned.
struct Counters {
    std::uint64_t accepted = 0;                       ///< Connections accepted and served.
    std::uint64_t refused = 0;                        ///< Closed as soon as accepted, because of a limit.
    std::uint64_t accept_pauses = 0;                  ///< Descriptors or memory had run out.
    std::array<std::uint64_t, cause_count> closed{};  ///< Connections closed, by `Cause`.
    std::uint64_t messages = 0;                       ///< Complete messages received.
    std::uint64_t datagrams_received = 0;
    std::uint64_t datagrams_sent = 0;
    std::uint64_t datagrams_dropped = 0;  ///< Replies that did not fit the socket's buffer, or could not be sent.
    std::uint64_t bytes_received = 0;     ///< Datagrams included.
    std::uint64_t bytes_sent = 0;
    std::uint64_t waits = 0;         ///< Returns of the wait; 0 for servers without a wait of their own.
    std::uint64_t ready_events = 0;  ///< Descriptors reported ready, or completions.
    std::uint64_t would_block = 0;   ///< Calls that moved no bytes (EAGAIN).
    /// Connections accepted by each thread; empty if only one thread accepts.
    std::vector<std::uint64_t> accepted_by_thread;

    /// Adds other counters, except for `accepted_by_thread`.
    void add(const Counters& other);
    /// Adds the counters of one thread, and notes how many connections it accepted.
    void add_thread(const Counters& thread) {
        add(thread);
        accepted_by_thread.push_back(thread.accepted);
    }

    std::uint64_t& closed_by(Cause cause) { return closed[static_cast<std::size_t>(cause)]; }
    std::uint64_t closed_by(Cause cause) const { return closed[static_cast<std::size_t>(cause)]; }
};

/// One JSON object, which includes the mechanism's name.
std::string to_json(const Counters& counters, std::string_view mechanism);

}  // namespace iomux::server
