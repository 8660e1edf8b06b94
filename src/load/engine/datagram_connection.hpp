#pragma once

#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "load/workload/numbered_messages.hpp"
#include "posix/clock.hpp"
#include "posix/io_result.hpp"
#include "posix/unique_fd.hpp"

namespace iomux::load {

class DatagramConnection;

/// Holds one request after another. It removes itself from its list when it is destroyed.
struct DatagramRequest : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    DatagramConnection* connection = nullptr;
    std::uint64_t next_number = 0;     ///< Number of the next request; the last one was `depth` less.
    posix::Clock::time_point sent_at;  ///< When the last request was sent.
};

/// The requests in flight of all connections, in the order they were sent. All have the same time limit, so the first
/// one expires first. A request that is answered is removed in constant time.
using DatagramsOnTheirWay = boost::intrusive::list<DatagramRequest, boost::intrusive::constant_time_size<false>>;

/// A connected UDP socket and its requests. Each call makes at most one system call and never blocks.
class DatagramConnection {
public:
    using Time = posix::Clock::time_point;

    /// `fd` is non-blocking. At most `depth` requests may be in flight. Requests are numbered from `first_number`, so
    /// that no two connections share a number.
    DatagramConnection(posix::UniqueFd fd, std::uint64_t first_number, std::size_t depth);
    DatagramConnection(const DatagramConnection&) = delete;
    DatagramConnection& operator=(const DatagramConnection&) = delete;

    int fd() const { return fd_.get(); }
    std::uint64_t first_number() const { return first_number_; }
    bool is_open() const { return static_cast<bool>(fd_); }
    /// Closes the socket and forgets the requests in flight.
    void close();

    /// How many requests are in flight.
    std::size_t outstanding() const { return requests_.size() - unsent_.size(); }
    /// Whether fewer than `depth` requests are in flight, so that another may be sent.
    bool has_unsent() const { return !unsent_.empty(); }
    /// Makes one send(2) with the next request.
    posix::IoResult send_next(NumberedMessages& messages) const {
        return posix::send(fd(), messages.write(unsent_.back()->next_number));
    }
    /// The kernel has accepted the next request. It is in flight until `done`.
    DatagramRequest& sent(Time now);
    /// The request was answered or lost or, with service discard, sent. It makes room for the next one.
    void done(DatagramRequest& request);

    /// Makes one recv(2).
    posix::IoResult receive(std::span<std::byte> buffer) const { return posix::receive(fd(), buffer); }
    /// Whether a request with this number was sent.
    bool has_sent(std::uint64_t number) const;
    /// The request with this number if it is in a list of requests in flight; otherwise null.
    DatagramRequest* find(std::uint64_t number);

    bool watched_for_writing = false;  ///< Used by the event loop only.

private:
    // A number belongs to the place with the same remainder modulo the number of places.
    std::size_t place_of(std::uint64_t number) const { return (number - first_number_) % requests_.size(); }

    posix::UniqueFd fd_;
    const std::uint64_t first_number_;
    std::vector<DatagramRequest> requests_;
    std::vector<DatagramRequest*> unsent_;
};

}  // namespace iomux::load
