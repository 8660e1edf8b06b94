#pragma once

#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "load/workload/numbered_messages.hpp"
#include "posix/clock.hpp"
#include "posix/transfer.hpp"
#include "posix/unique_fd.hpp"

namespace iomux::load {

class DatagramConnection;

/// A place for requests, one after the other. Leaves its list when it is destroyed.
struct DatagramRequest : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    DatagramConnection* connection = nullptr;
    std::uint64_t next_number = 0;     ///< Of the next; the last was `depth` less.
    posix::Clock::time_point sent_at;  ///< The last.
};

/// Requests that are on their way, of all connections, in the order of their sending: all may take the same time, so
/// the first is the first to be given up, and one that is answered leaves at no cost.
using DatagramsOnTheirWay = boost::intrusive::list<DatagramRequest, boost::intrusive::constant_time_size<false>>;

/// A connected UDP socket, and the requests made on it. Makes one system call at a time, and never waits.
class DatagramConnection {
public:
    using Time = posix::Clock::time_point;

    /// `fd` does not block. At most `depth` requests will be on their way. They are numbered from `first_number` on,
    /// so that no other connection has the same numbers.
    DatagramConnection(posix::UniqueFd fd, std::uint64_t first_number, std::size_t depth);
    DatagramConnection(const DatagramConnection&) = delete;
    DatagramConnection& operator=(const DatagramConnection&) = delete;

    int fd() const { return fd_.get(); }
    std::uint64_t first_number() const { return first_number_; }
    bool is_open() const { return static_cast<bool>(fd_); }
    /// Forgets what is on its way.
    void close();

    /// How many requests are on their way.
    std::size_t outstanding() const { return requests_.size() - unsent_.size(); }
    /// Fewer than `depth` are: another may be sent.
    bool has_unsent() const { return !unsent_.empty(); }
    /// One send(2) of the next request.
    posix::Transfer send_next(NumberedMessages& messages) const {
        return posix::send(fd(), messages.write(unsent_.back()->next_number));
    }
    /// It has been taken, and is on its way until it is `done`.
    DatagramRequest& sent(Time now);
    /// Answered or lost or, where nothing is answered, sent: there is room for the next.
    void done(DatagramRequest& request);

    /// One recv(2).
    posix::Transfer receive(std::span<std::byte> buffer) const { return posix::receive(fd(), buffer); }
    /// A request of this number has been sent.
    bool has_sent(std::uint64_t number) const;
    /// The request of this number, if it is in a list of those on their way; otherwise null.
    DatagramRequest* find(std::uint64_t number);

    bool watched_for_writing = false;  ///< For the loop, which alone knows how it waits.

private:
    // Each place takes every number that is its own modulo the number of places.
    std::size_t place_of(std::uint64_t number) const { return (number - first_number_) % requests_.size(); }

    posix::UniqueFd fd_;
    const std::uint64_t first_number_;
    std::vector<DatagramRequest> requests_;
    std::vector<DatagramRequest*> unsent_;
};

}  // namespace iomux::load
