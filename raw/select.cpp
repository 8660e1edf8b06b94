// select(2), level-triggered: the kernel gets the whole interest set, as two bitmaps, at every wait, and overwrites
// them with its answer; then we ask the answer about every connection. Its ceiling is the descriptor's number: from
// FD_SETSIZE (1,024) on a bit would lie outside the bitmap (select(2), "BUGS").
#include <sys/select.h>

#include <algorithm>

#include "mechanisms.hpp"
#include "server/acceptor.hpp"
#include "server/connections.hpp"
#include "server/datagrams.hpp"

namespace iomux::raw {
namespace {

using namespace server;

class Select final : public Server {
public:
    Select(Sockets sockets, const Settings& settings)
        : Server(settings),
          acceptor_(std::move(sockets.listener), std::move(sockets.limit), settings_, log_, counters_),
          datagrams_(std::move(sockets.datagrams), settings_, counters_),
          connections_(settings_, log_, counters_) {
        listen();
    }

    void run() override {
        while (acceptor_.is_open() || !connections_.empty()) {
            wait();
            if (acceptor_.is_open() && FD_ISSET(acceptor_.fd(), &can_read_)) accept();
            if (datagrams_.is_open() && FD_ISSET(datagrams_.fd(), &can_read_)) datagrams_.answer();
            for (auto next = connections_.begin(); next != connections_.end();) {
                Connection& connection = *next++;
                if (FD_ISSET(connection.fd(), &can_read_))
                    read(connection);
                else if (FD_ISSET(connection.fd(), &can_write_))
                    write(connection);
            }
            if (FD_ISSET(stop_.fd(), &can_read_)) drain();
            close_expired();
        }
    }

private:
    void listen() {
        if (std::max({acceptor_.fd(), datagrams_.fd(), stop_.fd()}) >= FD_SETSIZE)
            posix::throw_errno("select cannot watch its own descriptors", EMFILE);
        watch(stop_.fd(), Interest::read);
        if (datagrams_.is_open()) watch(datagrams_.fd(), Interest::read);
    }

    void wait() {
        if (acceptor_.is_open()) watch(acceptor_.fd(), acceptor_.wants_accept() ? Interest::read : Interest::none);
        // Copied in, overwritten, copied in again: the kernel's answer takes the question's place.
        can_read_ = want_read_;
        can_write_ = want_write_;
        timespec storage;
        timespec* timeout =
            posix::timespec_until(posix::earlier(connections_.next_deadline(), acceptor_.retry_at()), storage);
        const int ready =
            posix::ready_count(::pselect(highest() + 1, &can_read_, &can_write_, nullptr, timeout, nullptr), "pselect");
        // A wait that a signal cuts short leaves the question in place.
        if (ready == 0) can_read_ = can_write_ = fd_set{};
        ++counters_.waits;
        counters_.ready_events += static_cast<std::uint64_t>(ready);
    }

    void accept() {
        while (auto client = acceptor_.next()) {
            if (client->socket.get() >= FD_SETSIZE)
                acceptor_.refuse(std::move(*client), "select cannot watch descriptors of 1024 and more");
            else
                watch(connections_.open(std::move(*client)));
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

    void watch(Connection& connection) { watch(connection.fd(), connection.interest()); }

    void watch(int fd, Interest interest) {
        includes(interest, Interest::read) ? FD_SET(fd, &want_read_) : FD_CLR(fd, &want_read_);
        includes(interest, Interest::write) ? FD_SET(fd, &want_write_) : FD_CLR(fd, &want_write_);
        highest_ = std::max(highest_, fd);
    }

    void close(Connection& connection) {
        watch(connection.fd(), Interest::none);
        connections_.close(connection);
        acceptor_.resume();
    }

    void close_expired() {
        while (Connection* late = connections_.next_expired()) close(*late);
        acceptor_.retry_in_time();
    }

    void drain() {
        stop_.clear();
        if (acceptor_.is_open()) watch(acceptor_.fd(), Interest::none);
        acceptor_.close();
        if (datagrams_.is_open()) watch(datagrams_.fd(), Interest::none);
        datagrams_.drain();
        connections_.drain([this](Connection& connection) { write(connection); });
    }

    int highest() {
        while (!FD_ISSET(highest_, &want_read_) && !FD_ISSET(highest_, &want_write_)) --highest_;
        return highest_;
    }

    Acceptor acceptor_;
    Datagrams datagrams_;
    Connections connections_;
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
