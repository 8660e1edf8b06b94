// io_uring(7): a proactor by hand. Requests go into a queue that the kernel shares with us, and come back done through
// another; one system call a turn hands over what has gathered, and waits. Accept and receive are multishot: asked for
// once, they go on completing, and the kernel picks the buffer. No ceiling but RLIMIT_NOFILE.
#include <poll.h>

#include <list>
#include <utility>
#include <vector>

#include "mechanisms.hpp"
#include "peer.hpp"
#include "posix/socket.hpp"
#include "ring.hpp"
#include "server/acceptor.hpp"
#include "server/datagrams.hpp"
#include "server/loop.hpp"

namespace iomux::raw {
namespace {

using namespace server;

class IoUring final : public Server {
public:
    IoUring(Sockets sockets, const Settings& settings)
        : Server(settings),
          listener_(std::move(sockets.listener)),
          rules_(std::move(sockets.seats), settings_, log_, counters_),
          datagrams_(std::move(sockets.datagrams), settings_, counters_),
          loop_(settings_, log_, counters_) {}
    // Where the loop has failed, the kernel may have accepted clients whom nobody has taken.
    ~IoUring() override {
        ring_.for_each_completion([](const Completion& done) {
            if (done.operation == Operation::accept) const posix::UniqueFd closed(done.result);
        });
    }

    void run() override {
        listen();
        while (listener_ || !peers_.empty()) {
            wait();
            for (Peer* peer : touched_) proceed(*peer);
            touched_.clear();
            close_expired();
        }
    }

private:
    void listen() {
        // Half more than the mark: a receive for every message costs a tenth where they have 64 KiB.
        if (receives_can_be_limited()) most_received_ = static_cast<unsigned>(settings_.limits.high_water * 3 / 2);
        ring_.start();
        ::io_uring_prep_poll_add(ring_.request(Operation::stop, nullptr), stop_.fd(), POLLIN);
        if (datagrams_.is_open()) watch_datagrams();
    }

    void wait() {
        if (!stopped_ && !accepting_ && !rules_.paused()) start_accept();
        ring_.submit_and_wait(
            posix::earlier(posix::earlier(drain_deadline_, loop_.deadlines.next()), rules_.retry_at()));
        ++counters_.waits;
        if (ring_.has_overflowed()) tell_overflow();
        counters_.ready_events += ring_.for_each_completion([this](const Completion& done) {
            switch (done.operation) {
                case Operation::accept: return accepted(done);
                case Operation::receive: return received(*static_cast<Peer*>(done.of), done);
                case Operation::send: return sent(*static_cast<Peer*>(done.of), done);
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
            rules_.after_error(-done.result);
        if (stopped_ && !accepting_) accept_rest();
    }

    // The kernel tells one of those that wait for a listener. Whom it has told us of, nobody else may know of.
    void accept_rest() {
        for (;;) {
            posix::UniqueFd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
            if (socket)
                admit(std::move(socket));
            else if (rules_.after_error(errno) == AcceptRules::Next::stop)
                break;
        }
        listener_.reset();
        rules_.resume();
    }

    void admit(posix::UniqueFd socket) {
        if (stopped_ && !drain_deadline_) return;
        Seat seat = rules_.seat();
        if (!seat) return;
        const PeerName name = PeerName::of(socket.get());
        Peer& peer = peers_.emplace_back(Client{std::move(socket), name, std::move(seat)}, loop_, supplies_);
        peer.self = std::prev(peers_.end());
        stopped_ ? touch(peer) : start_read(peer);
    }

    void start_read(Peer& peer) {
        io_uring_sqe* request = ring_.request(Operation::receive, &peer);
        // In a plain ring a multishot receive goes on, by interrupting us, as long as there are buffers.
        if (ring_.is_plain()) {
            ::io_uring_prep_recv(request, peer.fd(), nullptr, supplies_.buffers.size(), 0);
        } else {
            ::io_uring_prep_recv_multishot(request, peer.fd(), nullptr, 0, 0);
            limit(*request, most_received_);
        }
        request->flags |= IOSQE_BUFFER_SELECT;
        request->buf_group = ProvidedBuffers::group;
        // Or a turn could bring twice as much as the kernel takes from one socket at once: now, and when it polls.
        request->ioprio |= IORING_RECVSEND_POLL_FIRST;
        peer.reading = true;
        peer.read_cancelled = false;
    }

    void received(Peer& peer, const Completion& done) {
        peer.reading = done.more();
        if (done.result > 0)
            peer.took(done.buffer(), static_cast<std::size_t>(done.result));
        else if (done.result == 0)
            peer.at_end = true;
        else if (done.result == -ENOBUFS)
            ++counters_.would_block;
        else if (done.result != -ECANCELED)
            peer.failed(-done.result);
        touch(peer);
    }

    // What comes next for a connection, after a turn's completions: so what they brought is answered by one send.
    void proceed(Peer& peer) {
        peer.touched = false;
        if (peer.closing) return close(peer);
        // While the kernel receives for us, nobody can say what has been received.
        if (drain_deadline_ && !peer.reading && !std::exchange(peer.drained, true))
            peer.drain(peer.fd(), peer.unanswered());
        if (!peer.writing && !peer.has_failed()) write(peer);
        if (peer.has_failed() || peer.input_ended())
            close(peer);
        else
            watch(peer);
    }

    void write(Peer& peer) {
        if (!peer.replies_due()) return finish(peer);
        peer.replies().prepare(ring_.request(Operation::send, &peer), peer.fd());
        peer.writing = true;
    }

    void sent(Peer& peer, const Completion& done) {
        peer.writing = false;
        if (done.result > 0)
            peer.sent(static_cast<std::size_t>(done.result));
        else if (done.result != -ECANCELED)
            peer.failed(-done.result);
        if (!peer.waits_for_client()) touch(peer);
    }

    // Everything is answered, and sent.
    void finish(Peer& peer) {
        if (peer.at_end) peer.received_end();
        if (peer.input_over() && !peer.lingering()) {
            ::shutdown(peer.fd(), SHUT_WR);
            peer.linger();
        }
    }

    // Between the high-water mark and the low one it stays as it is.
    void watch(Peer& peer) {
        const std::size_t unsent = peer.unsent();
        if (!peer.reading) {
            if (!peer.at_end && unsent <= settings_.limits.low_water) start_read(peer);
        } else if (unsent >= settings_.limits.high_water) {
            cancel_read(peer);
        }
    }

    void cancel_read(Peer& peer) {
        if (!std::exchange(peer.read_cancelled, true)) ring_.cancel(Operation::receive, &peer);
    }

    void close(Peer& peer) {
        if (peer.reading || peer.writing) {
            if (!std::exchange(peer.closing, true)) ring_.cancel_all(peer.fd());
            return;
        }
        peer.give_back_replies();
        peers_.erase(peer.self);
        rules_.resume();
    }

    void close_expired() {
        if (drain_deadline_ && posix::Clock::now() >= *drain_deadline_) {
            drain_deadline_.reset();
            for (auto next = peers_.begin(); next != peers_.end();) expire(*next++);
        }
        while (Timed* late = loop_.deadlines.expired()) expire(static_cast<Peer&>(*late));
        rules_.retry_in_time();
    }

    void expire(Peer& peer) {
        peer.expire(peer.unsent() > 0);
        close(peer);
    }

    void drain() {
        stopped_ = true;
        drain_deadline_ = posix::Clock::now() + settings_.limits.drain_timeout;
        accepting_ ? ring_.cancel(Operation::accept, nullptr) : accept_rest();
        datagrams_.drain();
        for (Peer& peer : peers_) {
            if (peer.reading) cancel_read(peer);
            touch(peer);
        }
    }

    void watch_datagrams() {
        ::io_uring_prep_poll_add(ring_.request(Operation::datagrams, nullptr), datagrams_.fd(), POLLIN);
    }

    // For these the ring says only when: there is one socket, and nothing to gain.
    void answer_datagrams() {
        if (!datagrams_.is_open()) return;
        datagrams_.answer();
        watch_datagrams();
    }

    // Nothing is lost: the kernel keeps them, and requests that it had to end are made again. But it takes time.
    void tell_overflow() {
        if (const auto held_back = overflow_lines_.let_through())
            log_.line(LogLevel::warning, "the completion queue was full; --ring-entries makes it larger{}",
                      and_more(*held_back));
    }

    void touch(Peer& peer) {
        if (!std::exchange(peer.touched, true)) touched_.push_back(&peer);
    }

    posix::UniqueFd listener_;
    bool accepting_ = false;  // the kernel has an accept
    bool stopped_ = false;
    AcceptRules rules_;
    Datagrams datagrams_;
    Loop loop_;
    std::list<Peer> peers_;
    std::vector<Peer*> touched_;
    posix::Deadline drain_deadline_;
    OnceASecond overflow_lines_;
    // Bytes that one multishot receive brings before it ends: who sends without end is stopped about at the high-water
    // mark. 0: as many as the kernel likes.
    unsigned most_received_ = 0;
    // Goes before the peers: what the kernel still has of them, where the loop has failed, it gives up first.
    Ring ring_{settings_.ring};
    Supplies supplies_{ProvidedBuffers(ring_, settings_.ring, settings_.limits.receive_size)};
};

}  // namespace

std::unique_ptr<Server> make_io_uring(Sockets sockets, const Settings& settings) {
    return std::make_unique<IoUring>(std::move(sockets), settings);
}

}  // namespace iomux::raw
