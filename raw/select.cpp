// select(2), level-triggered: the kernel gets the whole interest set, as two bitmaps, at every wait, and overwrites
// them with its answer. Then we look up every connection in the answer. Ceiling: the descriptor's number, because a bit
// from FD_SETSIZE (1,024) on would lie outside the bitmap (select(2), "BUGS").
#include <sys/select.h>

#include <algorithm>

#include "mechanisms.hpp"
#include "readiness_loop.hpp"

namespace iomux::raw {
namespace {

using namespace server;

class Select final : public ReadinessLoop<> {
public:
    Select(Sockets sockets, const Settings& settings) : ReadinessLoop(std::move(sockets), settings) { listen(); }

private:
    void listen() {
        if (std::max({acceptor_.fd(), datagrams_.fd(), stop_.fd()}) >= FD_SETSIZE)
            posix::throw_errno("select cannot watch its own descriptors", EMFILE);
        watch(stop_.fd(), Interest::read);
        if (datagrams_.is_open()) watch(datagrams_.fd(), Interest::read);
    }

    void wait() override {
        // Copied in, overwritten, copied in again: the kernel's answer replaces the question.
        can_read_ = want_read_;
        can_write_ = want_write_;
        timespec storage;
        timespec* timeout = posix::timespec_until(next_deadline(), storage);
        const int result = ::pselect(highest() + 1, &can_read_, &can_write_, nullptr, timeout, nullptr);
        // A wait that a signal interrupts leaves the question in place.
        if (reported(result, "pselect") == 0) can_read_ = can_write_ = fd_set{};
        if (FD_ISSET(stop_.fd(), &can_read_)) stop_requested_ = true;
        if (acceptor_.is_open() && FD_ISSET(acceptor_.fd(), &can_read_)) accept();
        if (datagrams_.is_open() && FD_ISSET(datagrams_.fd(), &can_read_)) datagrams_.answer();
        for (auto next = connections_.begin(); next != connections_.end();) {
            Connection& connection = *next++;
            // An error, a reset and the end of the stream are reported as readable: recv(2) then returns which.
            if (FD_ISSET(connection.fd(), &can_read_))
                read(connection);
            else if (FD_ISSET(connection.fd(), &can_write_))
                write(connection);
        }
    }

    void accept() {
        while (acceptor_.accepts_more()) {
            posix::Endpoint peer;
            const int fd = ::accept4(acceptor_.fd(), peer.data(), peer.size_pointer(), SOCK_NONBLOCK | SOCK_CLOEXEC);
            auto accepted = acceptor_.accepted(fd, peer);
            if (accepted && fd >= FD_SETSIZE)
                acceptor_.refuse(std::move(*accepted), "select cannot watch descriptors from 1024 on");
            else if (accepted)
                watch(open(std::move(*accepted)));
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
        connection.finished() ? close(connection) : watch(connection);
    }

    void watch(Connection& connection) { watch(connection.fd(), connection.interest()); }

    void watch(int fd, Interest interest) {
        includes(interest, Interest::read) ? FD_SET(fd, &want_read_) : FD_CLR(fd, &want_read_);
        includes(interest, Interest::write) ? FD_SET(fd, &want_write_) : FD_CLR(fd, &want_write_);
        highest_ = std::max(highest_, fd);
    }

    void watch_listener(bool wanted) override { watch(acceptor_.fd(), wanted ? Interest::read : Interest::none); }

    void unwatch(int fd) override { watch(fd, Interest::none); }

    void close(Connection& connection) override {
        watch(connection.fd(), Interest::none);
        release(connection);
    }

    int highest() {
        while (!FD_ISSET(highest_, &want_read_) && !FD_ISSET(highest_, &want_write_)) --highest_;
        return highest_;
    }

    fd_set want_read_{};
    fd_set want_write_{};
    fd_set can_read_{};
    fd_set can_write_{};
    int highest_ = 0;
};

}  // namespace

std::unique_ptr<Server> make_select(Sockets sockets, const Settings& settings) {
    return std::make_unique<Select>(std::move(sockets), settings);
}

}  // namespace iomux::raw
