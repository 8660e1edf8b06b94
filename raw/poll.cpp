// poll(2), level-triggered: the kernel gets the whole interest set, as an array, at every wait, and writes its answer
// beside each entry. Then we scan the array until we have found as many answers as it reported. Ceiling: RLIMIT_NOFILE
// (EINVAL beyond it).
#include <poll.h>

#include <vector>

#include "mechanisms.hpp"
#include "readiness_loop.hpp"

namespace iomux::raw {
namespace {

using namespace server;

struct PolledConnection : Connection {
    using Connection::Connection;
    std::size_t index = 0;  // of its entry in the array
};

class Poll final : public ReadinessLoop<PolledConnection> {
public:
    Poll(Sockets sockets, const Settings& settings) : ReadinessLoop(std::move(sockets), settings) { listen(); }

private:
    // The first entries are the server's own.
    enum : std::size_t { stop, listener, datagrams, first_connection };

    void listen() {
        // poll(2) ignores an entry with a negative descriptor: a closed listener, or datagrams that are not served.
        polled_ = {{stop_.fd(), POLLIN, 0}, {acceptor_.fd(), 0, 0}, {datagrams_.fd(), POLLIN, 0}};
        connection_at_.resize(first_connection);
    }

    void wait() override {
        const int result = ::poll(polled_.data(), polled_.size(), timeout_ms());
        std::size_t left = reported(result, "poll");
        // From the end, because the last entry, which has had its turn, moves to the place of one that is closed. New
        // connections are accepted last: their entries have no answer yet.
        for (std::size_t index = polled_.size(); left > 0 && index-- > first_connection;) {
            const short events = polled_[index].revents;
            if (events == 0) continue;
            --left;
            // POLLERR (a reset) and POLLHUP (both directions are shut down) come unasked. The call that follows fails
            // then, or returns the end of the stream.
            events& POLLIN ? read(*connection_at_[index]) : write(*connection_at_[index]);
        }
        if (left == 0) return;
        if (polled_[stop].revents != 0) stop_requested_ = true;
        if (polled_[datagrams].revents != 0) datagrams_.answer();
        if (polled_[listener].revents != 0) accept();
    }

    void accept() {
        while (acceptor_.accepts_more()) {
            posix::Endpoint peer;
            const int fd = ::accept4(acceptor_.fd(), peer.data(), peer.size_pointer(), SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (auto accepted = acceptor_.accepted(fd, peer)) add(open(std::move(*accepted)));
        }
    }

    void read(PolledConnection& connection) {
        const std::span<std::byte> room = connection.room();
        if (!room.empty()) connection.received(room, ::recv(connection.fd(), room.data(), room.size(), 0));
        write(connection);
    }

    void write(PolledConnection& connection) override {
        const auto [bytes, gathered] = connection.due();
        if (!bytes.empty())
            connection.sent(::send(connection.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
        else if (gathered != nullptr)
            connection.sent(::sendmsg(connection.fd(), gathered, MSG_NOSIGNAL));
        connection.finished() ? close(connection) : watch(connection);
    }

    void watch(PolledConnection& connection) {
        const Interest interest = connection.interest();
        polled_[connection.index].events = static_cast<short>((includes(interest, Interest::read) ? POLLIN : 0) |
                                                              (includes(interest, Interest::write) ? POLLOUT : 0));
    }

    void watch_listener(bool wanted) override { polled_[listener].events = wanted ? POLLIN : 0; }

    void unwatch(int fd) override { polled_[fd == acceptor_.fd() ? listener : datagrams].fd = -1; }

    void add(PolledConnection& connection) {
        connection.index = polled_.size();
        polled_.push_back({connection.fd(), 0, 0});
        connection_at_.push_back(&connection);
        watch(connection);
    }

    void close(PolledConnection& connection) override {
        const std::size_t index = connection.index;
        polled_[index] = polled_.back();
        connection_at_[index] = connection_at_.back();
        connection_at_[index]->index = index;
        polled_.pop_back();
        connection_at_.pop_back();
        release(connection);
    }

    std::vector<pollfd> polled_;
    std::vector<PolledConnection*> connection_at_;  // by the index of its entry
};

}  // namespace

std::unique_ptr<Server> make_poll(Sockets sockets, const Settings& settings) {
    return std::make_unique<Poll>(std::move(sockets), settings);
}

}  // namespace iomux::raw
