// Boost.Asio's synchronous calls, a thread for each connection: they return when they are done, so that there is no
// wait stage, no handler, and nobody runs the io_context. What raw/blocking.cpp does, by the library: each socket is
// registered with the library's epoll set all the same, which costs two system calls a connection.
#include <boost/asio/buffer.hpp>
#include <memory>

#include "listener.hpp"
#include "peer.hpp"
#include "posix/socket.hpp"
#include "server/acceptor.hpp"
#include "server/crew.hpp"
#include "server/datagrams.hpp"
#include "server/server.hpp"
#include "server/sleeping.hpp"
#include "styles.hpp"

namespace iomux::asio {
namespace {

using namespace server;

// Told that the socket does not block, the library hands on that it was woken (EAGAIN, EINTR), and does not wait by
// itself, in a poll(2) that no stop can reach. In truth the socket blocks: until the stop.
template <class Socket>
void hand_on_wakes(Socket& socket) {
    socket.non_blocking(true);
    posix::let_block(socket.native_handle());
}

class CallingPeer : public Peer {
public:
    using Peer::Peer;

    int fd() { return socket().native_handle(); }
    bool wants_read() const { return !wants_write(); }
    bool wants_write() const { return has_unsent(); }
    void drain() { ask_to_drain(); }
    // Its thread sees to the rest.
    void expire() { Exchange::expire(wants_write()); }

    void read_some() {
        if (!wants_read()) return;
        error_code error;
        const std::size_t size = socket().read_some(room(), error);
        took(error, size);
    }

    void write_some() {
        if (!replies_due()) return;
        error_code error;
        const std::size_t size = socket().write_some(piece(), error);
        sent(error, size);
        replies_due();
    }
};

class Blocking final : public Server {
public:
    Blocking(Sockets sockets, const Settings& settings)
        : Server(settings),
          listener_(listener_on(std::move(sockets.listener), Executor(context_))),
          rules_(std::move(sockets.seats), settings_, log_, counters_),
          datagrams_(std::move(sockets.datagrams)),
          door_(settings_.threading.stack_size, stop_),
          crew_(settings_.threading.stack_size, stop_) {}
    // For those that a failure has left running.
    ~Blocking() override { drain(); }

    void run() override {
        listen();
        stop_.wait();
        drain();
        door_.add_up(counters_);
        crew_.add_up(counters_);
    }

private:
    void listen() {
        if (settings_.handed_over)
            listener_.non_blocking(true);
        else
            hand_on_wakes(listener_);
        door_.start_needed([this](Counters&) { accept(); });
        if (!datagrams_) return;
        if (!settings_.handed_over) posix::let_block(datagrams_.get());
        crew_.start_needed([this](Counters& counters) { answer(counters); });
    }

    void accept() {
        const Sleepers::Sleeper sleeper(accepting_, listener_.native_handle());
        // Once more after the stop: for those who have come before it.
        for (bool stopped = false; !stopped;) {
            stopped = accepting_.awake();
            while (accept_one()) continue;
            if (rules_.retry_at()) accepting_.rest(*rules_.retry_at());
            rules_.retry_in_time();
            accepting_.wait_readable(listener_.native_handle());
        }
    }

    // False where nobody waits, or descriptors have run out.
    bool accept_one() {
        Protocol::endpoint name;
        error_code error;
        Stream socket = listener_.accept(name, error);
        if (error) return rules_.after_error(error.value()) == AcceptRules::Next::again;
        if (Seat seat = rules_.seat())
            start(std::make_shared<Newcomer>(
                Newcomer{closed_on_exec(std::move(socket)), PeerName(name.data()), std::move(seat)}));
        return true;
    }

    struct Newcomer {
        Stream socket;
        PeerName name;
        Seat seat;
    };

    void start(const std::shared_ptr<Newcomer>& newcomer) {
        const auto work = [this, newcomer](Counters& counters) { serve(std::move(*newcomer), counters); };
        if (crew_.start(work) != 0) rules_.refused("no thread can be made for it");
    }

    void serve(Newcomer newcomer, Counters& counters) {
        Peers<Peer> own(settings_, log_, counters, std::pmr::new_delete_resource());
        hand_on_wakes(newcomer.socket);
        Sleeping<CallingPeer> peer(sleepers_, std::move(newcomer.socket), own, newcomer.name, std::move(newcomer.seat));
        while (peer.goes_on()) {
            read(peer);
            write(peer);
        }
    }

    void read(CallingPeer& peer) { peer.read_some(); }

    void write(CallingPeer& peer) { peer.write_some(); }

    void answer(Counters& counters) {
        Datagrams datagrams(std::move(datagrams_), settings_, counters);
        const Sleepers::Sleeper sleeper(sleepers_, datagrams.fd());
        while (!sleepers_.awake()) {
            datagrams.answer();
            sleepers_.wait_readable(datagrams.fd());
        }
        datagrams.answer();
    }

    // Nobody is told to end before nobody more can come.
    void drain() {
        const posix::Clock::time_point end = posix::Clock::now() + settings_.limits.drain_timeout;
        accepting_.wake(end);
        door_.wait();
        listener_.close();
        sleepers_.wake(end);
        crew_.wait();
    }

    net::io_context context_;
    Listener listener_;
    AcceptRules rules_;
    posix::UniqueFd datagrams_;
    Sleepers accepting_;
    Sleepers sleepers_;
    Crew door_;
    Crew crew_;
};

}  // namespace

std::unique_ptr<server::Server> make_blocking(server::Sockets sockets, const server::Settings& settings) {
    return std::make_unique<Blocking>(std::move(sockets), settings);
}

}  // namespace iomux::asio
