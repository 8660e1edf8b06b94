// epoll(7), one set for several threads: whoever is told of a socket has it to itself, since the kernel tells of it
// once and then not before it is armed again (EPOLLONESHOT). So a connection goes from thread to thread, never served
// by two at once, and no thread is idle while another has a queue; the price is an epoll_ctl for every event.
#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "mechanisms.hpp"
#include "server/acceptor.hpp"
#include "server/connection.hpp"
#include "server/datagrams.hpp"
#include "server/loop_group.hpp"

namespace iomux::raw {
namespace {

using namespace server;

struct Peer : Connection {
    using Connection::Connection;

    // The kernel hands a connection over, which the language does not know: what one thread has written before it
    // arms the connection, the next one sees.
    void leave() { turns_.fetch_add(1, std::memory_order_release); }
    void enter(LoopContext& loop) {
        static_cast<void>(turns_.load(std::memory_order_acquire));
        move_to(loop);
    }

    std::list<Peer>::iterator self;

private:
    std::atomic<unsigned> turns_ = 0;
};

// Behind a mutex what the threads share, except for the set, which the kernel guards, and the deadlines, which have one
// of their own. No message comes by the first, and by the other only where clients' time is limited.
class Shared {
public:
    Shared(Sockets sockets, const Settings& settings, std::size_t threads)
        : settings_(settings),
          log_(settings.log_level),
          acceptor_(std::move(sockets.listener), std::move(sockets.limit), settings_, log_, counters_),
          datagrams_(std::move(sockets.datagrams), settings_, counters_),
          serving_(threads) {
        posix::check(change(EPOLL_CTL_ADD, acceptor_.fd(), 0, listener()), "cannot watch the listener");
        watch_listener();
        if (datagrams_.is_open())
            posix::check(change(EPOLL_CTL_ADD, datagrams_.fd(), EPOLLIN | EPOLLONESHOT, datagrams()),
                         "cannot watch for datagrams");
    }

    int set() const { return set_.get(); }
    std::pmr::memory_resource& memory() { return memory_; }
    TimeoutLists& deadlines() { return deadlines_; }
    void* listener() { return &acceptor_; }
    void* datagrams() { return &datagrams_; }

    int change(int operation, int fd, std::uint32_t events, void* who) {
        epoll_event event{.events = events, .data = {.ptr = who}};
        return ::epoll_ctl(set(), operation, fd, &event);
    }

    // The next client, or null: then the listener is armed again, if more are to be accepted.
    Peer* accept(LoopContext& loop) {
        const std::lock_guard lock(mutex_);
        if (auto client = acceptor_.next()) {
            Peer& connection = peers_.emplace_back(std::move(*client), loop);
            connection.self = std::prev(peers_.end());
            return &connection;
        }
        acceptor_.watched = false;
        watch_listener();
        return nullptr;
    }

    void answer_datagrams() {
        const std::lock_guard lock(mutex_);
        datagrams_.answer();
        posix::check(change(EPOLL_CTL_MOD, datagrams_.fd(), EPOLLIN | EPOLLONESHOT, datagrams()),
                     "cannot watch for datagrams");
    }

    void close(Peer& connection) {
        const std::lock_guard lock(mutex_);
        // A thread that scans the set holds on to a socket for a moment, and if that is the last hold, the kernel
        // closes it when that thread's wait returns: perhaps never. None scans it once it has left the set. (Fails only
        // for who could not enter.)
        static_cast<void>(change(EPOLL_CTL_DEL, connection.fd(), 0, nullptr));
        peers_.erase(connection.self);
        acceptor_.resume();
        watch_listener();
    }

    // For every thread to watch, not only for the one that has served a connection last.
    posix::Deadline due() const { return posix::earlier(deadlines_.next(), retry_at_.load()); }

    // Who is late may be another thread's: it is told of the end of the stream, and closes.
    void end_expired() {
        const posix::Deadline next = due();
        if (!next || posix::Clock::now() < *next) return;
        const std::lock_guard lock(mutex_);
        while (TimeoutEntry* late = deadlines_.expired()) ::shutdown(static_cast<Peer*>(late)->fd(), SHUT_RDWR);
        acceptor_.retry_in_time();
        watch_listener();
    }

    // True for the last thread: from here on it is alone.
    bool leave() {
        const std::lock_guard lock(mutex_);
        return --serving_ == 0;
    }

    void stop_accepting() {
        // Closed alone they would stay in the set, where another process has them open too.
        static_cast<void>(change(EPOLL_CTL_DEL, acceptor_.fd(), 0, nullptr));
        static_cast<void>(change(EPOLL_CTL_DEL, datagrams_.fd(), 0, nullptr));
        acceptor_.close();
        datagrams_.drain();
    }
    std::list<Peer>& peers() { return peers_; }
    const Counters& counters() const { return counters_; }

private:
    void watch_listener() {
        retry_at_.store(acceptor_.retry_at());
        if (acceptor_.watched || !acceptor_.wants_accept()) return;
        acceptor_.watched = true;
        posix::check(change(EPOLL_CTL_MOD, acceptor_.fd(), EPOLLIN | EPOLLONESHOT, listener()),
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
    TimeoutLists deadlines_{settings_.limits, TimeoutLists::Use::by_several};
    std::list<Peer> peers_;
    posix::AtomicDeadline retry_at_;
    std::size_t serving_;
};

// One of the threads.
class EpollOneshot final : public Server {
public:
    EpollOneshot(std::shared_ptr<Shared> shared, const Settings& settings)
        : Server(settings),
          shared_(std::move(shared)),
          own_(settings_, log_, counters_, shared_->memory(), shared_->deadlines()) {
        // Level-triggered, and each its own: nobody takes another's stop away.
        posix::check(shared_->change(EPOLL_CTL_ADD, stop_.fd(), EPOLLIN, nullptr), "cannot watch for the stop");
    }

    // Where a thread has failed there was no drain; the other threads' loops, which peers refer to, are still there.
    ~EpollOneshot() override { shared_->peers().clear(); }

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
        posix::check(shared_->change(EPOLL_CTL_DEL, stop_.fd(), 0, nullptr), "cannot leave the set");
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
        while (Peer* connection = shared_->accept(own_)) arm(*connection, EPOLL_CTL_ADD);
    }

    void take(const epoll_event& event) {
        if (event.data.ptr == nullptr) {
            stopped_ = true;
            return;
        }
        Peer& connection = *static_cast<Peer*>(event.data.ptr);
        connection.enter(own_);
        if (event.events & EPOLLIN)
            read(connection);
        else
            write(connection);
    }

    void read(Peer& connection) {
        connection.read_some();
        write(connection);
    }

    void write(Peer& connection) {
        connection.write_some();
        if (connection.finished()) return shared_->close(connection);
        arm(connection, EPOLL_CTL_MOD);
    }

    // The connection may be another thread's as soon as the kernel knows.
    void arm(Peer& connection, int operation) {
        const Interest interest = connection.interest();
        const std::uint32_t events =
            (includes(interest, Interest::read) ? EPOLLIN : 0u) | (includes(interest, Interest::write) ? EPOLLOUT : 0u);
        const int fd = connection.fd();
        connection.leave();
        if (shared_->change(operation, fd, events | EPOLLONESHOT, &connection) < 0) {
            connection.failed(errno);
            shared_->close(connection);
        }
    }

    void drain() {
        // Once more, for those who have come before the stop.
        accept();
        shared_->stop_accepting();
        const posix::Clock::time_point end = posix::Clock::now() + settings_.limits.drain_timeout;
        std::list<Peer>& peers = shared_->peers();
        for (auto next = peers.begin(); next != peers.end();) {
            Peer& connection = *next++;
            connection.enter(own_);
            connection.drain();
            write(connection);
        }
        while (!peers.empty()) {
            if (posix::Clock::now() >= end) {
                peers.front().expire();
                shared_->close(peers.front());
                continue;
            }
            for (const epoll_event& event : wait(posix::earlier(end, shared_->due()))) take(event);
            shared_->end_expired();
        }
        counters_.add(shared_->counters());
    }

    const std::shared_ptr<Shared> shared_;
    LoopContext own_;
    // Few at a time: who has taken an event keeps it from the others until its turn comes.
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
