// io_uring(7), a proactor: instead of an interest set the kernel holds requests, and reports each once it has completed
// it. Both go through queues in shared memory, and one system call per loop iteration submits requests and waits.
// Accept and receive are multishot: one request completes again and again, and the kernel picks the buffer.
// Ceiling: RLIMIT_NOFILE.
//
// What the kernel has received cannot be refused, so a client can exceed --high-water: by at most --low-water and one
// of the ring's buffers, because a receive ends after --high-water bytes (Linux 6.17), and before by at most all
// buffers (128 of 64 KiB by default), which the kernel may fill before it learns that the receive is cancelled.
#include <poll.h>

#include <utility>
#include <vector>

#include "mechanisms.hpp"
#include "posix/socket.hpp"
#include "ring.hpp"
#include "ring_connection.hpp"
#include "server/acceptor.hpp"
#include "server/connections.hpp"
#include "server/datagrams.hpp"

namespace iomux::raw {
namespace {

using namespace server;

class IoUring final : public Server {
public:
    IoUring(Sockets sockets, const Settings& settings)
        : Server(settings),
          listener_(std::move(sockets.listener)),
          policy_(std::move(sockets.limit), settings_, log_, counters_),
          datagrams_(std::move(sockets.datagrams), settings_, counters_),
          loop_(settings_, log_, counters_),
          connections_(settings_.limits, loop_.timeouts) {}
    // If the loop has failed, the kernel may have accepted connections that are still in the completion queue.
    ~IoUring() override {
        ring_.for_each_completion([](const Completion& done) {
            if (done.operation == Operation::accept) const posix::UniqueFd closed(done.result);
        });
    }

    void run() override {
        listen();
        while (listener_ || !connections_.empty()) {
            wait();
            for (RingConnection* connection : dirty_) update(*connection);
            dirty_.clear();
            connections_.expire([this](RingConnection& connection) { close(connection); }, received_until_);
            policy_.retry_in_time();
        }
    }

private:
    void listen() {
        if (receives_can_be_limited()) most_received_ = static_cast<unsigned>(settings_.limits.high_water);
        ring_.start();
        ::io_uring_prep_poll_add(ring_.request(Operation::stop, nullptr), stop_.fd(), POLLIN);
        if (datagrams_.is_open()) watch_datagrams();
    }

    void wait() {
        if (!stopped_ && !accepting_ && !policy_.paused()) start_accept();
        __kernel_timespec storage;
        __kernel_timespec* timeout =
            timespec_until(posix::earlier(connections_.next_deadline(), policy_.retry_at()), storage);
        io_uring_cqe* first = nullptr;
        const int result = ::io_uring_submit_and_wait_timeout(ring_.get(), &first, 1, timeout, nullptr);
        // -ETIME: the timeout came before a completion.
        if (result < 0 && result != -ETIME) check_submitted(result);
        // A plain ring may receive from now on too, and completes it after this turn.
        if (loop_.timeouts.next()) received_until_ = posix::Clock::now();
        ++counters_.waits;
        if (ring_.has_overflowed()) log_overflow();
        counters_.ready_events += ring_.for_each_completion([this](const Completion& done) {
            switch (done.operation) {
                case Operation::accept: return accepted(done);
                case Operation::receive: return received(*static_cast<RingConnection*>(done.of), done);
                case Operation::send: return sent(*static_cast<RingConnection*>(done.of), done);
                case Operation::datagrams: return answer_datagrams();
                case Operation::stop: return drain();
                case Operation::cancel: return;
            }
        });
    }

    void start_accept() {
        ::io_uring_prep_multishot_accept(ring_.request(Operation::accept, nullptr), listener_.get(), nullptr, nullptr,
                                         SOCK_CLOEXEC);
        accepting_ = true;
    }

    void accepted(const Completion& done) {
        accepting_ = done.more();
        posix::UniqueFd socket(done.result);
        if (socket)
            admit(std::move(socket));
        else if (!stopped_)
            static_cast<void>(policy_.retries_after(-done.result));
        if (stopped_ && !accepting_) accept_rest();
    }

    // The kernel may have woken only this loop for a pending connection, so accept once more before closing.
    void accept_rest() {
        for (;;) {
            posix::UniqueFd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            if (socket)
                admit(std::move(socket));
            else if (!policy_.retries_after(errno))
                break;
        }
        listener_.reset();
        policy_.resume();
    }

    void admit(posix::UniqueFd socket) {
        if (stopped_ && !connections_.draining()) return;
        ConnectionSlot slot = policy_.slot();
        if (!slot) return;
        const PeerName name = PeerName::of(socket.get());
        RingConnection& connection = connections_.open({std::move(socket), name, std::move(slot)}, loop_, pools_);
        pools_.buffers.opened();
        stopped_ ? mark_dirty(connection) : start_read(connection);
    }

    void start_read(RingConnection& connection) {
        io_uring_sqe* request = ring_.request(Operation::receive, &connection);
        // In a plain ring a multishot receive would interrupt this thread again and again while there are buffers.
        if (ring_.is_plain()) {
            ::io_uring_prep_recv(request, connection.fd(), nullptr, pools_.buffers.size(), 0);
        } else {
            ::io_uring_prep_recv_multishot(request, connection.fd(), nullptr, 0, 0);
            limit(*request, most_received_);
        }
        request->flags |= IOSQE_BUFFER_SELECT;
        request->buf_group = ProvidedBuffers::group;
        // Without this flag a turn could receive twice: at once, and again when the kernel polls the socket.
        request->ioprio |= IORING_RECVSEND_POLL_FIRST;
        connection.reading = true;
        connection.read_cancelled = false;
    }

    void received(RingConnection& connection, const Completion& done) {
        connection.reading = done.more();
        if (done.result > 0)
            connection.on_received(done.buffer(), static_cast<std::size_t>(done.result));
        else if (done.result == 0)
            connection.at_end = true;
        else if (done.result == -ENOBUFS)
            ++counters_.would_block;
        else if (done.result != -ECANCELED)
            connection.state().failed(-done.result);
        mark_dirty(connection);
    }

    // Runs after a turn's completions, so that one send answers everything that they brought.
    void update(RingConnection& connection) {
        connection.dirty = false;
        if (connection.closing) return close(connection);
        // While the kernel has a receive, it is not yet known what has been received.
        if (stopped_ && !connection.reading && !std::exchange(connection.drained, true))
            connection.state().drain(connection.fd(), connection.unanswered());
        if (!connection.writing && !connection.state().has_failed()) write(connection);
        if (connection.state().has_failed() || connection.state().input_ended())
            close(connection);
        else
            watch(connection);
    }

    void write(RingConnection& connection) {
        const auto [bytes, gathered] = connection.due();
        if (bytes.empty() && gathered == nullptr) return finish(connection);
        io_uring_sqe* request = ring_.request(Operation::send, &connection);
        if (gathered == nullptr)
            ::io_uring_prep_send(request, connection.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        else
            ::io_uring_prep_sendmsg(request, connection.fd(), gathered, MSG_NOSIGNAL);
        connection.writing = true;
    }

    void sent(RingConnection& connection, const Completion& done) {
        connection.writing = false;
        if (done.result > 0)
            connection.on_sent(static_cast<std::size_t>(done.result));
        else if (done.result != -ECANCELED)
            connection.state().failed(-done.result);
        if (!connection.waits_for_client()) mark_dirty(connection);
    }

    // Everything is answered and sent.
    void finish(RingConnection& connection) {
        if (connection.at_end) connection.state().received_end();
        if (connection.state().input_over() && !connection.state().lingering()) {
            ::shutdown(connection.fd(), SHUT_WR);
            connection.state().linger();
        }
    }

    // Between the low-water mark and the high-water mark nothing changes. A limited receive ends by itself: if it were
    // cancelled too, each message of the mark's size would take two more completions and a new receive.
    void watch(RingConnection& connection) {
        const std::size_t unsent = connection.unsent();
        if (!connection.reading) {
            if (!connection.at_end && unsent <= settings_.limits.low_water) start_read(connection);
        } else if (most_received_ == 0 && unsent >= settings_.limits.high_water) {
            cancel_read(connection);
        }
    }

    void cancel_read(RingConnection& connection) {
        if (!std::exchange(connection.read_cancelled, true)) ring_.cancel(Operation::receive, &connection);
    }

    void close(RingConnection& connection) {
        if (connection.reading || connection.writing) {
            if (!std::exchange(connection.closing, true)) ring_.cancel_all(connection.fd());
            return;
        }
        connection.give_back_replies();
        pools_.buffers.closed();
        connections_.close(connection);
        policy_.resume();
    }

    void drain() {
        stopped_ = true;
        connections_.drain([this](RingConnection& connection) {
            if (connection.reading) cancel_read(connection);
            mark_dirty(connection);
        });
        accepting_ ? ring_.cancel(Operation::accept, nullptr) : accept_rest();
        datagrams_.drain();
    }

    void watch_datagrams() {
        ::io_uring_prep_poll_add(ring_.request(Operation::datagrams, nullptr), datagrams_.fd(), POLLIN);
    }

    // The ring only polls the socket for readability: receiving through the ring would gain nothing for one socket.
    void answer_datagrams() {
        if (!datagrams_.is_open()) return;
        datagrams_.answer();
        watch_datagrams();
    }

    // Nothing is lost: the kernel keeps the completions, and the requests that it had to end are submitted again. But
    // this is slow.
    void log_overflow() {
        if (const auto suppressed = overflow_lines_.allow())
            log_.line(LogLevel::warning, "completion queue overflow; increase --ring-entries{}", and_more(*suppressed));
    }

    void mark_dirty(RingConnection& connection) {
        if (!std::exchange(connection.dirty, true)) dirty_.push_back(&connection);
    }

    posix::UniqueFd listener_;
    bool accepting_ = false;  // the kernel has an accept
    bool stopped_ = false;
    AcceptPolicy policy_;
    Datagrams datagrams_;
    LoopContext loop_;
    Connections<RingConnection> connections_;
    std::vector<RingConnection*> dirty_;
    posix::Clock::time_point received_until_;
    LogRateLimit overflow_lines_;
    // Bytes after which one multishot receive ends, so that a client that sends without end is stopped near the
    // high-water mark. 0: no limit.
    unsigned most_received_ = 0;
    const RingOptions options_ = settings_.own.get<RingOptions>();
    // Destroyed before the connections, so that the kernel ends their requests first if the loop has failed.
    Ring ring_{options_};
    RingPools pools_{ProvidedBuffers(ring_, options_, settings_.limits.receive_size)};
};

}  // namespace

std::unique_ptr<Server> make_io_uring(Sockets sockets, const Settings& settings) {
    return std::make_unique<IoUring>(std::move(sockets), settings);
}

}  // namespace iomux::raw
