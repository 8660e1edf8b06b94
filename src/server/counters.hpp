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
    end_of_file,      ///< The client was done; it has every reply.
    reset,            ///< The client reset the connection, or was gone when we wrote.
    error,            ///< Any other error of the socket.
    protocol_error,   ///< The client broke the protocol; it has the replies that were due.
    idle_timeout,     ///< The client had nothing to say for too long.
    message_timeout,  ///< The client began a message, and did not end it in time.
    write_timeout,    ///< The client did not read its replies for too long.
    drained,          ///< The server stopped; the client has the replies to what had been received.
    drain_timeout,    ///< The server stopped, and the client did not read its replies in time.
};
inline constexpr std::size_t cause_count = 9;

std::string_view name_of(Cause cause);
/// For the log: `end of file`.
std::string_view phrase_of(Cause cause);

/// What one server has done. Written by its own thread alone; read it once `run` has returned.
struct Counters {
    std::uint64_t accepted = 0;                       ///< Connections taken.
    std::uint64_t refused = 0;                        ///< Accepted and closed at once: past a limit.
    std::uint64_t accept_pauses = 0;                  ///< Descriptors or memory ran out on accept.
    std::array<std::uint64_t, cause_count> closed{};  ///< By `Cause`.
    std::uint64_t messages = 0;                       ///< Whole messages received.
    std::uint64_t datagrams_received = 0;
    std::uint64_t datagrams_sent = 0;
    std::uint64_t datagrams_dropped = 0;  ///< Replies for which there was no room, or that could not be sent.
    std::uint64_t bytes_received = 0;     ///< Of datagrams too.
    std::uint64_t bytes_sent = 0;
    std::uint64_t waits = 0;         ///< Returns of the wait; 0 where nothing of ours waits.
    std::uint64_t ready_events = 0;  ///< Descriptors reported ready, or completions.
    std::uint64_t would_block = 0;   ///< Calls that moved nothing (EAGAIN).
    /// How the clients were spread, where several threads accept; empty otherwise.
    std::vector<std::uint64_t> accepted_by_thread;

    /// Adds what another has counted, except for `accepted_by_thread`.
    void add(const Counters& other);
    /// Adds what a thread has counted.
    void add_thread(const Counters& thread) {
        add(thread);
        accepted_by_thread.push_back(thread.accepted);
    }

    std::uint64_t& closed_by(Cause cause) { return closed[static_cast<std::size_t>(cause)]; }
    std::uint64_t closed_by(Cause cause) const { return closed[static_cast<std::size_t>(cause)]; }
};

/// One JSON object, with the mechanism's name in it.
std::string to_json(const Counters& counters, std::string_view mechanism);

}  // namespace iomux::server
