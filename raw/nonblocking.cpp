// Non-blocking polling: nobody waits in the kernel, and nobody keeps an interest set. Every socket is asked at every
// pass, which mostly answers EAGAIN (O_NONBLOCK, open(2)). Between passes that moved nothing it rests, or it spins.
#include <poll.h>

#include <utility>
#include <vector>

#include "mechanisms.hpp"
#include "server/acceptor.hpp"
#include "server/connections.hpp"
#include "server/datagrams.hpp"

namespace iomux::raw {
namespace {

using namespace server;

class NonBlocking final : public Server {
public:
    NonBlocking(Sockets sockets, const Settings& settings)
        : Server(settings),
          acceptor_(std::move(sockets.listener), std::move(sockets.limit), settings_, log_, counters_),
          datagrams_(std::move(sockets.datagrams), settings_, counters_),
          open_(settings_, log_, counters_) {}

    void run() override {
        while (acceptor_.is_open() || !open_.empty()) {
            const bool stopped = stop_.clear();
            accept();
            if (datagrams_.is_open()) datagrams_.answer();
            for (Connection& connection : open_) {
                if (connection.wants_read())
                    read(connection);
                else if (connection.wants_write())
                    to_be_answered_.push_back(&connection);
            }
            for (Connection* connection : to_be_answered_) write(*connection);
            to_be_answered_.clear();
            close_finished();
            if (stopped) drain();
            close_expired();
            rest();
        }
    }

private:
    void accept() {
        while (auto client = acceptor_.next()) open_.open(std::move(*client));
    }

    void read(Connection& connection) {
        connection.read_some();
        write(connection);
    }

    void write(Connection& connection) {
        connection.write_some();
        if (connection.finished()) closed_.push_back(&connection);
    }

    void close(Connection& connection) {
        open_.close(connection);
        acceptor_.resume();
    }

    // Nobody leaves a collection that is being walked through.
    void close_finished() {
        for (Connection* connection : closed_) close(*connection);
        closed_.clear();
    }

    void close_expired() {
        while (Connection* late = open_.next_expired()) close(*late);
        acceptor_.retry_in_time();
    }

    // After a pass that moved nothing. Only a stop cuts it short.
    void rest() {
        const std::uint64_t moved = counters_.bytes_received + counters_.bytes_sent + counters_.accepted;
        if (std::exchange(moved_, moved) != moved || settings_.poll_interval.count() == 0) return;
        timespec storage;
        const posix::Deadline until = posix::Clock::now() + settings_.poll_interval;
        pollfd stop{stop_.fd(), POLLIN, 0};
        posix::ready_count(::ppoll(&stop, 1, posix::timespec_until(until, storage), nullptr), "ppoll");
        ++counters_.waits;
    }

    void drain() {
        acceptor_.close();
        datagrams_.drain();
        open_.drain([this](Connection& connection) { write(connection); });
        close_finished();
    }

    Acceptor acceptor_;
    Datagrams datagrams_;
    Connections open_;
    std::vector<Connection*> to_be_answered_;  // that had no room for all of their replies
    std::vector<Connection*> closed_;          // in this pass
    std::uint64_t moved_ = 0;                  // bytes and clients, as of the last pass
};

}  // namespace

std::unique_ptr<Server> make_nonblocking(Sockets sockets, const Settings& settings) {
    return std::make_unique<NonBlocking>(std::move(sockets), settings);
}

}  // namespace iomux::raw
