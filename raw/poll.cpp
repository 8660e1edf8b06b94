// poll(2), level-triggered: the kernel gets the whole interest set, as an array, at every wait, and writes its answer
// beside each question; then we look at every answer. No ceiling but RLIMIT_NOFILE (past it: EINVAL).
#include <poll.h>

#include <vector>

#include "mechanisms.hpp"
#include "server/acceptor.hpp"
#include "server/connections.hpp"
#include "server/datagrams.hpp"

namespace iomux::raw {
namespace {

using namespace server;

class Poll final : public Server {
public:
    Poll(Sockets sockets, const Settings& settings)
        : Server(settings),
          acceptor_(std::move(sockets.listener), std::move(sockets.limit), settings_, log_, counters_),
          datagrams_(std::move(sockets.datagrams), settings_, counters_),
          connections_(settings_, log_, counters_) {
        listen();
    }

    void run() override {
        while (acceptor_.is_open() || !connections_.empty()) {
            wait();
            if (polled_[accepting].revents != 0) accept();
            if (polled_[answering].revents != 0) datagrams_.answer();
            // From the end, since a closed connection's slot is filled by the last one, which has had its turn.
            for (std::size_t slot = polled_.size(); slot-- > peers_from;) {
                const short events = polled_[slot].revents;
                if (events & POLLIN)
                    read(*peers_[slot]);
                else if (events != 0)
                    write(*peers_[slot]);
            }
            if (polled_[stopping].revents != 0) drain();
            close_expired();
        }
    }

private:
    // The first slots are the server's own.
    enum : std::size_t { stopping, accepting, answering, peers_from };

    void listen() {
        // poll(2) passes over a negative descriptor: a closed listener, or datagrams that are not served.
        polled_ = {{stop_.fd(), POLLIN, 0}, {acceptor_.fd(), 0, 0}, {datagrams_.fd(), POLLIN, 0}};
        peers_.resize(peers_from);
    }

    void wait() {
        polled_[accepting] = {acceptor_.fd(), static_cast<short>(acceptor_.wants_accept() ? POLLIN : 0), 0};
        const int timeout =
            posix::milliseconds_until(posix::earlier(connections_.next_deadline(), acceptor_.retry_at()));
        const int ready = posix::ready_count(::poll(polled_.data(), polled_.size(), timeout), "poll");
        // A wait that a signal cuts short leaves the last answers in place.
        if (ready == 0)
            for (pollfd& polled : polled_) polled.revents = 0;
        ++counters_.waits;
        counters_.ready_events += static_cast<std::uint64_t>(ready);
    }

    void accept() {
        while (auto client = acceptor_.next()) {
            Connection& connection = connections_.open(std::move(*client));
            connection.slot = polled_.size();
            polled_.push_back({connection.fd(), 0, 0});
            peers_.push_back(&connection);
            watch(connection);
        }
    }

    void read(Connection& connection) {
        connection.read_some();
        write(connection);
    }

    void write(Connection& connection) {
        connection.write_some();
        if (connection.finished())
            close(connection);
        else
            watch(connection);
    }

    void watch(Connection& connection) {
        const Interest interest = connection.interest();
        polled_[connection.slot].events = static_cast<short>((includes(interest, Interest::read) ? POLLIN : 0) |
                                                             (includes(interest, Interest::write) ? POLLOUT : 0));
    }

    void close(Connection& connection) {
        const std::size_t slot = connection.slot;
        polled_[slot] = polled_.back();
        peers_[slot] = peers_.back();
        peers_[slot]->slot = slot;
        polled_.pop_back();
        peers_.pop_back();
        connections_.close(connection);
        acceptor_.resume();
    }

    void close_expired() {
        while (Connection* late = connections_.next_expired()) close(*late);
        acceptor_.retry_in_time();
    }

    void drain() {
        stop_.clear();
        acceptor_.close();
        datagrams_.drain();
        polled_[answering].fd = datagrams_.fd();
        connections_.drain([this](Connection& connection) { write(connection); });
    }

    Acceptor acceptor_;
    Datagrams datagrams_;
    Connections connections_;
    std::vector<pollfd> polled_;
    std::vector<Connection*> peers_;
};

}  // namespace

std::unique_ptr<Server> make_poll(Sockets sockets, const Settings& settings) {
    return std::make_unique<Poll>(std::move(sockets), settings);
}

}  // namespace iomux::raw
