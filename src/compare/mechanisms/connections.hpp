#pragma once

#include <cstddef>
#include <cstdint>

namespace iomux::compare {

/// What select(2) reports for a TCP connection in its read set and its exception set, and the events that epoll(7)
/// reports when it watches the connection for EPOLLIN.
struct Reports {
    bool readable;
    bool exceptional;
    std::uint32_t events;
};

/// The reports for a connection after the peer closed it, after the peer reset it, and after the peer sent urgent data
/// (MSG_OOB).
struct HangupReports {
    Reports ended;
    Reports reset;
    Reports urgent;
};
HangupReports probe_hangup_reports();

/// Several messages are sent on a connection, one by one, before the other side reads. `received` is the number of
/// bytes that one recv(1024) returns.
struct Coalesced {
    std::size_t messages;
    std::size_t message_size;
    std::size_t received;
};
Coalesced probe_coalesced(std::size_t messages, std::size_t message_size);

/// A connection was full, and select(2) now reports it as writable again.
struct SendSpace {
    std::size_t bytes;   ///< How much it accepts without blocking.
    bool longer_sleeps;  ///< A blocking send of far more data does not return until the peer has read or the timeout
                         ///< expires.
};
SendSpace probe_send_space();

}  // namespace iomux::compare
