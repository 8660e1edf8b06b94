// epoll(7), one interest set for several threads, kept by the kernel. It reports a socket once, to one thread, and not
// again until the socket is armed again (EPOLLONESHOT, epoll_ctl(2)). So a connection moves between threads but is
// never served by two at once, and no thread is idle while another has a queue. The cost is an epoll_ctl(2) call per
// event. Ceiling: RLIMIT_NOFILE.
#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "mechanisms.hpp"
#include "server/acceptor.hpp"
#include "server/connections.hpp"
#include "server/datagrams.hpp"
#include "server/loop_group.hpp"

namespace iomux::raw {
namespace {

using namespace server;

struct SharedConnection : Connection {
    using Connection::Connection;

    // The kernel passes the connection from thread to thread, which the C++ memory model does not see. So this
    // release-acquire pair makes the writes of one thread visible to the next.
    void leave() { turns_.fetch_add(1, std::memory_order_release); }
    void enter(LoopContext& loop) {
        static_cast<void>(turns_.load(std::memory_order_acquire));
        move_to(loop);
    }

private:
    std::atomic<unsigned> turns_ = 0;
};

// What the threads share, protected by a mutex. The kernel protects the set, and the timeouts have their own mutex.
// Serving a message does not lock the first mutex, and locks the other only if timeouts are set.
class Shared {
public:
    Shared(Sockets sockets, const Settings& settings, std::size_t threads)
        : settings_(settings),
          log_(settings.log_level),
          acceptor_(std::move(sockets.listener), std::move(sockets.limit), settings_, log_, counters_),
          datagrams_(std::move(sockets.datagrams), settings_, counters_),
          serving_(threads) {
        posix::check(control(EPOLL_CTL_ADD, acceptor_.fd(), 0, listener()), "cannot watch the listener");
        watch_listener();
        if (datagrams_.is_open())
            posix::check(control(EPOLL_CTL_ADD, datagrams_.fd(), EPOLLIN | EPOLLONESHOT, datagrams()),
                         "cannot watch for datagrams");
    }

    int set() const { return set_.get(); }
    std::pmr::memory_resource& memory() { return memory_; }
    TimeoutLists& timeouts() { return timeouts_; }
    void* listener() { return &acceptor_; }
    void* datagrams() { return &datagrams_; }

    int control(int operation, int fd, std::uint32_t events, void* tag) {
        epoll_event event{.events = events, .data = {.ptr = tag}};
        return ::epoll_ctl(set(), operation, fd, &event);
    }

    // Returns the next connection. If there is none, returns null, and arms the listener again unless accepting pauses.
    SharedConnection* accept(LoopContext& loop) {
        const std::lock_guard lock(mutex_);
        while (acceptor_.accepts_more()) {
            posix::Endpoint peer;
            const int fd = ::accept4(acceptor_.fd(), peer.data(), peer.size_pointer(), SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (auto accepted = acceptor_.accepted(fd, peer)) return &connections_.open(std::move(*accepted), loop);
        }
        listener_armed_ = false;
        watch_listener();
        return nullptr;
    }

    void answer_datagrams() {
        const std::lock_guard lock(mutex_);
        datagrams_.answer();
        posix::check(control(EPOLL_CTL_MOD, datagrams_.fd(), EPOLLIN | EPOLLONESHOT, datagrams()),
                     "cannot watch for datagrams");
    }

    void close(SharedConnection& connection) {
        const std::lock_guard lock(mutex_);
        // A thread that waits on the set may hold a reference to the socket for a moment. If that is the last one, the
        // kernel closes the socket only when that thread's wait returns, which may be never. So the socket is removed
        // from the set first. This fails only if it was never added.
        static_cast<void>(control(EPOLL_CTL_DEL, connection.fd(), 0, nullptr));
        connections_.close(connection);
        acceptor_.resume();
        watch_listener();
    }

    // Every thread waits until this time at most, because any of them may have to act on it.
    posix::Deadline due() const { return posix::earlier(timeouts_.next(), retry_at_.load()); }

    // Another thread may be serving the connection. So it is only shut down here, and its next call returns the end of
    // the stream, which closes it.
    void end_expired() {
        const posix::Deadline next = due();
        if (!next || posix::Clock::now() < *next) return;
        const std::lock_guard lock(mutex_);
        while (const ConnectionTimeout* expired = ConnectionTimeout::next_expired(timeouts_))
            ::shutdown(Connection::of(*expired).fd(), SHUT_RDWR);
        acceptor_.policy().retry_in_time();
        watch_listener();
    }

    // Returns true for the last thread to leave, which then runs alone.
    bool leave() {
        const std::lock_guard lock(mutex_);
        return --serving_ == 0;
    }

    void stop_accepting() {
        // close(2) alone would leave them in the set if another process has them open too.
        static_cast<void>(control(EPOLL_CTL_DEL, acceptor_.fd(), 0, nullptr));
        static_cast<void>(control(EPOLL_CTL_DEL, datagrams_.fd(), 0, nullptr));
        acceptor_.close();
        datagrams_.drain();
    }
    Connections<SharedConnection>& connections() { return connections_; }
    const Counters& counters() const { return counters_; }

private:
    void watch_listener() {
        retry_at_.store(acceptor_.policy().retry_at());
        if (listener_armed_ || !acceptor_.wants_accept()) return;
        listener_armed_ = true;
        posix::check(control(EPOLL_CTL_MOD, acceptor_.fd(), EPOLLIN | EPOLLONESHOT, listener()),
                     "cannot watch the listener");
    }

    const Settings settings_;
    const Log log_;
    const posix::UniqueFd set_{posix::check(::epoll_create1(EPOLL_CLOEXEC), "cannot make an epoll set")};
    std::pmr::synchronized_pool_resource memory_{{.max_blocks_per_chunk = 16, .largest_required_pool_block = 1 << 20}};
    std::mutex mutex_;
    Counters counters_;
    Acceptor acceptor_;
    Datagrams datagrams_;
    std::mutex timeouts_mutex_;
    TimeoutLists timeouts_{settings_.limits, &timeouts_mutex_};
    Connections<SharedConnection> connections_{settings_.limits, timeouts_};
    posix::AtomicDeadline retry_at_;
    std::size_t serving_;
    bool listener_armed_ = false;
};

// One of the threads.
class EpollOneshot final : public Server {
public:
    EpollOneshot(std::shared_ptr<Shared> shared, const Settings& settings)
        : Server(settings),
          shared_(std::move(shared)),
          own_(settings_, log_, counters_, shared_->memory(), shared_->timeouts()) {
        // Level-triggered, and one per thread, so that no thread consumes another's stop.
        posix::check(shared_->control(EPOLL_CTL_ADD, stop_.fd(), EPOLLIN, nullptr), "cannot watch for the stop");
    }

    // If a thread has failed, there was no drain. The threads' loops, which connections refer to, all still exist.
    ~EpollOneshot() override { shared_->connections().close_all(); }

    void run() override {
        while (!stopped_) {
            // A connection is closed by its own event, so no event is ever stale.
            for (const epoll_event& event : wait(shared_->due())) {
                if (event.data.ptr == shared_->listener())
                    accept();
                else if (event.data.ptr == shared_->datagrams())
                    shared_->answer_datagrams();
                else
                    take(event);
            }
            shared_->end_expired();
        }
        posix::check(shared_->control(EPOLL_CTL_DEL, stop_.fd(), 0, nullptr), "cannot leave the set");
        if (shared_->leave()) drain();
    }

private:
    std::span<const epoll_event> wait(posix::Deadline due) {
        const int ready =
            posix::ready_count(::epoll_wait(shared_->set(), events_.data(), static_cast<int>(events_.size()),
                                            posix::milliseconds_until(due)),
                               "epoll_wait");
        ++counters_.waits;
        counters_.ready_events += static_cast<std::uint64_t>(ready);
        return std::span(events_).first(static_cast<std::size_t>(ready));
    }

    void accept() {
        while (SharedConnection* connection = shared_->accept(own_)) arm(*connection, EPOLL_CTL_ADD);
    }

    void take(const epoll_event& event) {
        if (event.data.ptr == nullptr) {
            stopped_ = true;
            return;
        }
        SharedConnection& connection = *static_cast<SharedConnection*>(event.data.ptr);
        connection.enter(own_);
        // EPOLLERR (a reset) and EPOLLHUP (both directions are shut down) come unasked: see epoll.cpp.
        if (event.events & EPOLLIN)
            read(connection);
        else
            write(connection);
    }

    void read(SharedConnection& connection) {
        const std::span<std::byte> room = connection.room();
        if (!room.empty()) connection.received(room, ::recv(connection.fd(), room.data(), room.size(), 0));
        write(connection);
    }

    void write(SharedConnection& connection) {
        const auto [bytes, gathered] = connection.due();
        if (!bytes.empty())
            connection.sent(::send(connection.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
        else if (gathered != nullptr)
            connection.sent(::sendmsg(connection.fd(), gathered, MSG_NOSIGNAL));
        if (connection.finished()) return shared_->close(connection);
        arm(connection, EPOLL_CTL_MOD);
    }

    // Once this call has armed the connection, another thread may serve it.
    void arm(SharedConnection& connection, int operation) {
        const Interest interest = connection.interest();
        const std::uint32_t events =
            (includes(interest, Interest::read) ? EPOLLIN : 0u) | (includes(interest, Interest::write) ? EPOLLOUT : 0u);
        const int fd = connection.fd();
        connection.leave();
        if (shared_->control(operation, fd, events | EPOLLONESHOT, &connection) < 0) {
            connection.failed(errno);
            shared_->close(connection);
        }
    }

    void drain() {
        // Once more, for connections that arrived before the stop.
        accept();
        shared_->stop_accepting();
        Connections<SharedConnection>& connections = shared_->connections();
        connections.drain([this](SharedConnection& connection) {
            connection.enter(own_);
            connection.drain();
            write(connection);
        });
        while (!connections.empty()) {
            for (const epoll_event& event : wait(connections.next_deadline())) take(event);
            connections.expire([this](SharedConnection& connection) { shared_->close(connection); });
        }
        counters_.add(shared_->counters());
    }

    const std::shared_ptr<Shared> shared_;
    LoopContext own_;
    // Few per wait, because an event that one thread has taken is not reported to the others.
    std::array<epoll_event, 16> events_;
    bool stopped_ = false;
};

}  // namespace

std::unique_ptr<Server> make_epoll_oneshot(Sockets sockets, const Settings& settings) {
    const auto shared = std::make_shared<Shared>(std::move(sockets), settings, settings.threads);
    std::vector<std::unique_ptr<Server>> threads;
    while (threads.size() < settings.threads) threads.push_back(std::make_unique<EpollOneshot>(shared, settings));
    return std::make_unique<LoopGroup>(std::move(threads), settings);
}

}  // namespace iomux::raw
