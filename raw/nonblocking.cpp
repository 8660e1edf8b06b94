// Non-blocking polling: nothing waits for a socket in the kernel, and nothing keeps an interest set. Every socket is
// asked at every pass, and most answer EAGAIN (O_NONBLOCK, open(2)). After a pass that moved nothing the server sleeps,
// or it busy-waits.
#include <poll.h>

#include <utility>
#include <vector>

#include "mechanism_options.hpp"
#include "mechanisms.hpp"
#include "readiness_loop.hpp"

namespace iomux::raw {
namespace {

using namespace server;

class NonBlocking final : public ReadinessLoop<> {
public:
    using ReadinessLoop::ReadinessLoop;

private:
    // The stage is missing: there is no call that says which socket is ready.
    void wait() override {
        sleep_if_idle();
        stop_requested_ = stop_.clear();
        accept();
        if (datagrams_.is_open()) datagrams_.answer();
        for (Connection& connection : connections_) {
            if (connection.wants_read())
                read(connection);
            else if (connection.wants_write())
                write(connection);
        }
        close_finished();
    }

    void accept() {
        while (acceptor_.accepts_more()) {
            posix::Endpoint peer;
            const int fd = ::accept4(acceptor_.fd(), peer.data(), peer.size_pointer(), SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (auto accepted = acceptor_.accepted(fd, peer)) open(std::move(*accepted));
        }
    }

    void read(Connection& connection) {
        const std::span<std::byte> room = connection.room();
        if (!room.empty()) connection.received(room, ::recv(connection.fd(), room.data(), room.size(), 0));
        write(connection);
    }

    void write(Connection& connection) override {
        const auto [bytes, gathered] = connection.due();
        if (!bytes.empty())
            connection.sent(::send(connection.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
        else if (gathered != nullptr)
            connection.sent(::sendmsg(connection.fd(), gathered, MSG_NOSIGNAL));
        if (connection.finished()) finished_.push_back(&connection);
    }

    void close(Connection& connection) override { release(connection); }

    // Only after the pass, which iterates over the connections.
    void close_finished() {
        for (Connection* connection : finished_) close(*connection);
        finished_.clear();
    }

    void drain(Connection& connection) override {
        write(connection);
        close_finished();
    }

    // After a pass that moved nothing. Only a stop ends it early.
    void sleep_if_idle() {
        const std::uint64_t moved = counters_.bytes_received + counters_.bytes_sent + counters_.accepted;
        if (std::exchange(moved_, moved) != moved || options_.interval.count() == 0) return;
        timespec storage;
        const posix::Deadline until = posix::Clock::now() + options_.interval;
        pollfd stop{stop_.fd(), POLLIN, 0};
        posix::ready_count(::ppoll(&stop, 1, posix::timespec_until(until, storage), nullptr), "ppoll");
        ++counters_.waits;
    }

    const PollingOptions options_ = settings_.own.get<PollingOptions>();
    std::vector<Connection*> finished_;  // in this pass
    std::uint64_t moved_ = UINT64_MAX;   // bytes and connections, as of the last pass; none yet
};

}  // namespace

std::unique_ptr<Server> make_nonblocking(Sockets sockets, const Settings& settings) {
    return std::make_unique<NonBlocking>(std::move(sockets), settings);
}

}  // namespace iomux::raw
