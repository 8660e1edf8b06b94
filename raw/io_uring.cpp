// io_uring(7): a proactor by hand. Requests go into a queue that the kernel shares with us, and come back done through
// another; one system call a turn hands over what has gathered, and waits. Accept and receive are multishot: asked for
// once, they go on completing, and the kernel picks the buffer. No ceiling but RLIMIT_NOFILE.
#include <poll.h>

#include <algorithm>
#include <list>
#include <memory>
#include <utility>
#include <vector>

#include "mechanisms.hpp"
#include "outgoing.hpp"
#include "posix/socket.hpp"
#include "provided_buffers.hpp"
#include "ring.hpp"
#include "server/acceptor.hpp"
#include "server/datagrams.hpp"
#include "server/exchange.hpp"
#include "server/loop.hpp"

namespace iomux::raw {
namespace {

using namespace server;

/// A socket, what is said on it, and what of it is with the kernel. It lives until all of that has come back.
struct Peer : Exchange {
    Peer(Client client, Loop& loop)
        : Exchange(loop, client.name, std::move(client.seat)), socket(std::move(client.socket)), waiting(loop.memory) {}

    int fd() const { return socket.get(); }
    bool replies_due() const { return replies && !replies->replies.empty(); }
    /// Bytes kept for a client that does not read its replies.
    std::size_t unsent() const { return waiting.size() + (replies ? replies->unsent() : 0); }

    /// All that has come is answered, the answers are sent, and a receive is with the kernel: nothing is to be done.
    bool waits_for_client() const {
        return takes_messages() && reading && !at_end && !replies && waiting.empty() && !has_failed() && !closing;
    }

    posix::UniqueFd socket;
    std::unique_ptr<Outgoing> replies;    // that are due or being sent; otherwise none
    std::pmr::vector<std::byte> waiting;  // received, to be answered once the replies before are sent
    bool reading = false;                 // the kernel has a receive
    bool read_cancelled = false;
    bool writing = false;  // the kernel has a send
    bool at_end = false;   // the end of file follows `waiting`
    bool touched = false;  // by a completion of this turn
    bool drained = false;
    bool closing = false;
    std::list<Peer>::iterator self;
};

class IoUring final : public Server {
public:
    IoUring(Sockets sockets, const Settings& settings)
        : Server(settings),
          listener_(std::move(sockets.listener)),
          rules_(std::move(sockets.seats), settings_, log_, counters_),
          datagrams_(std::move(sockets.datagrams), settings_, counters_),
          loop_(settings_, log_, counters_) {}

    void run() override {
        listen();
        while (listener_ || accepting_ || !peers_.empty()) {
            wait();
            for (Peer* peer : touched_) proceed(*peer);
            touched_.clear();
            close_expired();
        }
    }

private:
    void listen() {
        ring_.start();
        // On a socket that does not block, a request fails where it would otherwise wait.
        posix::let_block(listener_.get());
        ::io_uring_prep_poll_add(ring_.request(Operation::stop, nullptr), stop_.fd(), POLLIN);
        if (datagrams_.is_open()) watch_datagrams();
    }

    void wait() {
        if (listener_ && !accepting_ && !rules_.paused()) start_accept();
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
        if (!listener_) return;
        if (!socket) {
            rules_.after_error(-done.result);
        } else if (Seat seat = rules_.seat()) {
            const PeerName name = PeerName::of(socket.get());
            Peer& peer = peers_.emplace_back(Client{std::move(socket), name, std::move(seat)}, loop_);
            peer.self = std::prev(peers_.end());
            start_read(peer);
        }
    }

    void start_read(Peer& peer) {
        io_uring_sqe* request = ring_.request(Operation::receive, &peer);
        // In a plain ring a multishot receive goes on, by interrupting us, as long as there are buffers.
        if (ring_.is_plain())
            ::io_uring_prep_recv(request, peer.fd(), nullptr, buffers_.size(), 0);
        else
            ::io_uring_prep_recv_multishot(request, peer.fd(), nullptr, 0, 0);
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
            take(peer, done.buffer(), static_cast<std::size_t>(done.result));
        else if (done.result == 0)
            peer.at_end = true;
        else if (done.result == -ENOBUFS)
            ++counters_.would_block;
        else if (done.result != -ECANCELED)
            peer.failed(-done.result);
        touch(peer);
    }

    // Replies may refer to the buffer, which is then kept until they are sent. Where buffers are scarce, or earlier
    // replies come first, the bytes are copied and the buffer goes back: who does not read must not keep many.
    void take(Peer& peer, unsigned id, std::size_t size) {
        const protocol::Bytes bytes = buffers_.take(id, size);
        Outgoing& out = replies_of(peer);
        const bool at_once = !peer.writing && peer.takes_messages() && peer.waiting.empty() &&
                             out.replies.takes_more() && !buffers_.scarce();
        if (at_once || !peer.input_open()) {
            peer.received(bytes.first(peer.receivable(size)), out.replies);
            if (out.keeps(id, bytes)) return;
        } else {
            peer.waiting.insert(peer.waiting.end(), bytes.begin(), bytes.end());
        }
        buffers_.give_back(id);
    }

    // What comes next for a connection, after a turn's completions: so what they brought is answered by one send.
    void proceed(Peer& peer) {
        peer.touched = false;
        if (peer.closing) return close(peer);
        // While the kernel receives for us, nobody can say what has been received.
        if (drain_deadline_ && !peer.reading && !std::exchange(peer.drained, true))
            peer.drain(peer.waiting.size() + posix::bytes_received(peer.fd()));
        if (!peer.writing && !peer.has_failed()) write(peer);
        if (peer.has_failed() || peer.input_ended())
            close(peer);
        else
            watch(peer);
    }

    void write(Peer& peer) {
        while (!peer.replies_due() && (peer.holding() || !peer.waiting.empty())) answer_waiting(peer);
        if (!peer.replies_due()) return finish(peer);
        peer.replies->prepare(ring_.request(Operation::send, &peer), peer.fd());
        peer.writing = true;
    }

    void sent(Peer& peer, const Completion& done) {
        peer.writing = false;
        if (done.result > 0) {
            counters_.bytes_sent += static_cast<std::size_t>(done.result);
            peer.replies->sent(static_cast<std::size_t>(done.result));
        } else if (done.result != -ECANCELED) {
            peer.failed(-done.result);
        }
        if (peer.replies->unsent() == 0) give_back_replies(peer);
        if (!peer.waits_for_client()) touch(peer);
    }

    void answer_waiting(Peer& peer) {
        if (peer.holding()) {
            peer.resume(replies_of(peer).replies);
        } else {
            Outgoing& out = replies_of(peer);
            const protocol::Bytes bytes = out.keep(peer.waiting);
            peer.received(bytes.first(peer.receivable(bytes.size())), out.replies);
        }
    }

    // Everything is answered, and sent.
    void finish(Peer& peer) {
        give_back_replies(peer);
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
        give_back_replies(peer);
        peers_.erase(peer.self);
        rules_.resume();
    }

    void close_expired() {
        if (drain_deadline_ && posix::Clock::now() >= *drain_deadline_) {
            drain_deadline_.reset();
            for (auto next = peers_.begin(); next != peers_.end();) expire(*next++);
        }
        while (Timed* late = loop_.deadlines.expired()) {
            late->unlink();
            expire(static_cast<Peer&>(*late));
        }
        rules_.retry_in_time();
    }

    void expire(Peer& peer) {
        peer.expire(peer.unsent() > 0);
        close(peer);
    }

    void drain() {
        drain_deadline_ = posix::Clock::now() + settings_.limits.drain_timeout;
        if (accepting_) ring_.cancel(Operation::accept, nullptr);
        listener_.reset();
        rules_.resume();
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

    Outgoing& replies_of(Peer& peer) {
        if (peer.replies) return *peer.replies;
        if (spare_.empty()) spare_.push_back(std::make_unique<Outgoing>(settings_.limits.high_water, loop_.memory));
        peer.replies = std::move(spare_.back());
        spare_.pop_back();
        return *peer.replies;
    }

    void give_back_replies(Peer& peer) {
        if (!peer.replies) return;
        peer.replies->clear(buffers_);
        spare_.push_back(std::move(peer.replies));
    }

    posix::UniqueFd listener_;
    bool accepting_ = false;  // the kernel has an accept
    AcceptRules rules_;
    Datagrams datagrams_;
    Loop loop_;
    std::vector<std::unique_ptr<Outgoing>> spare_;
    std::list<Peer> peers_;
    std::vector<Peer*> touched_;
    posix::Deadline drain_deadline_;
    OnceASecond overflow_lines_;
    Ring ring_{settings_.ring};
    ProvidedBuffers buffers_{ring_, settings_.ring,
                             std::min(settings_.ring.buffer_size, settings_.limits.receive_size)};
};

}  // namespace

std::unique_ptr<Server> make_io_uring(Sockets sockets, const Settings& settings) {
    return std::make_unique<IoUring>(std::move(sockets), settings);
}

}  // namespace iomux::raw
