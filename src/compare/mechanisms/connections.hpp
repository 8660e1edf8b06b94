#pragma once

#include <cstddef>
#include <cstdint>

namespace iomux::compare {

/// What select(2) says of a TCP connection in its first list, of those that can be read, and in its third, and
/// epoll(7) of one that it was asked to watch for EPOLLIN.
struct Reports {
    bool readable;
    bool exceptional;
    std::uint32_t events;
};

/// Of one that its peer has closed in order, of one that it has reset, and of one whose peer has sent urgent data
/// (MSG_OOB).
struct HangupReports {
    Reports ended;
    Reports reset;
    Reports urgent;
};
HangupReports probe_hangup_reports();

/// Several messages are sent on a connection, one by one, before the other side looks: how many bytes one recv(1024)
/// returns.
struct Coalesced {
    std::size_t messages;
    std::size_t message_size;
    std::size_t received;
};
Coalesced probe_coalesced(std::size_t messages, std::size_t message_size);

/// A connection was full, and select(2) says that it can be written to again.
struct Room {
    std::size_t bytes;   ///< That it then takes at once.
    bool longer_sleeps;  ///< A blocking send of far more does not return until the peer has read, or time is up.
};
Room probe_room();

}  // namespace iomux::compare
