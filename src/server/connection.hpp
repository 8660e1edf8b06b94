#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <vector>

#include "posix/transfer.hpp"
#include "posix/unique_fd.hpp"
#include "server/acceptor.hpp"
#include "server/connection_state.hpp"

namespace iomux::server {

/// What one system call on a connection came to.
struct Progress {
    std::size_t made = 0;      ///< Bytes moved.
    bool would_block = false;  ///< The socket has no more to give, or room for no more, until it is reported ready.
};

/// What a loop waits for on a connection.
enum class Interest : std::uint8_t { none = 0, read = 1, write = 2, both = 3 };

constexpr bool includes(Interest all, Interest one) {
    return (static_cast<unsigned>(all) & static_cast<unsigned>(one)) != 0;
}

/// A non-blocking socket and what is said on it, for the loops that are told when it is ready.
///
/// `read_some` leaves the replies in the loop's hands (`LoopContext::replies`), so `write_some` of the same connection
/// comes next: it sends them before anybody asked whether there is room (an optimistic write), and the connection
/// keeps what was not sent. Its memory: what is unsent, below the high-water mark plus the replies to one read.
class Connection : public ConnectionState {
public:
    Connection(AcceptedSocket client, LoopContext& loop);
    ~Connection() { give_up_slot(); }

    int fd() const { return socket_.get(); }

    /// One recv(2), if the connection is to be read now.
    Progress read_some();
    /// One send(2), if there is something to be sent.
    Progress write_some();

    /// What to wait for, as of the last `write_some`. Not to be read while the client does not read its replies (from
    /// the high-water mark to the low one), and once no more is to come.
    Interest interest() const { return interest_; }
    bool wants_read() const { return includes(interest_, Interest::read); }
    bool wants_write() const { return includes(interest_, Interest::write); }
    /// To be closed, as of the last `write_some`: nothing more will come, and nothing more can be sent.
    bool finished() const { return finished_; }

    /// The server stops: what has been received by now is answered, and no more.
    void drain() { ConnectionState::drain(fd()); }
    void expire() { ConnectionState::expire(wants_write()); }

    /// For the loops whose kernel side keeps the interest set: what it holds for this connection.
    Interest watched = Interest::none;
    /// For poll(2): which of the polled descriptors is this connection's.
    std::size_t slot = 0;

private:
    std::size_t unsent() const { return unsent_.size() - sent_; }
    posix::Transfer send_gathered();
    Progress keep_rest(posix::Transfer sent);
    void keep_from(std::size_t sent);
    void settle(std::size_t sent);

    posix::UniqueFd socket_;
    Interest interest_ = Interest::read;
    bool finished_ = false;
    bool above_high_water_ = false;
    std::size_t sent_ = 0;  // of unsent_
    std::pmr::vector<std::byte> unsent_;
};

}  // namespace iomux::server
