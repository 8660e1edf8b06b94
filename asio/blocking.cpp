// Boost.Asio's synchronous calls, a thread for each connection: they return when they are done, so that there is no
// wait stage, no handler, and nobody runs the io_context. What raw/blocking.cpp does, by the library: each socket is
// registered with the library's epoll set all the same, which costs two system calls a connection.
#include <boost/asio/buffer.hpp>
#include <memory>

#include "asio_connection.hpp"
#include "listener.hpp"
#include "posix/socket.hpp"
#include "server/acceptor.hpp"
#include "server/datagrams.hpp"
#include "server/server.hpp"
#include "server/sleeping.hpp"
#include "server/thread_group.hpp"
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

class BlockingAsioConnection : public AsioConnection {
public:
    using AsioConnection::AsioConnection;

    int fd() { return socket().native_handle(); }
    bool wants_read() const { return !wants_write(); }
    bool wants_write() const { return has_unsent(); }
    void drain() { ask_to_drain(); }
    // Its thread sees to the rest.
    void expire() { ConnectionState::expire(wants_write()); }

    void read_some() {
        if (!wants_read()) return;
        error_code error;
        const std::size_t size = socket().read_some(room(), error);
        on_received(error, size);
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
          policy_(std::move(sockets.limit), settings_, log_, counters_),
          datagrams_(std::move(sockets.datagrams)),
          accept_thread_(settings_.threading.stack_size, stop_),
          client_threads_(settings_.threading.stack_size, stop_) {}
    // For those that a failure has left running.
    ~Blocking() override { drain(); }

    void run() override {
        listen();
        stop_.wait();
        drain();
        accept_thread_.add_up(counters_);
        client_threads_.add_up(counters_);
    }

private:
    void listen() {
        if (settings_.handed_over)
            listener_.non_blocking(true);
        else
            hand_on_wakes(listener_);
        accept_thread_.start_needed([this](Counters&) { accept(); });
        if (!datagrams_) return;
        if (!settings_.handed_over) posix::let_block(datagrams_.get());
        client_threads_.start_needed([this](Counters& counters) { answer(counters); });
    }

    void accept() {
        const BlockedThreads::Registration registration(accepting_, listener_.native_handle());
        // Once more after the stop: for those who have come before it.
        for (bool stopped = false; !stopped;) {
            stopped = accepting_.interrupted();
            while (accept_one()) continue;
            if (policy_.retry_at()) accepting_.rest(*policy_.retry_at());
            policy_.retry_in_time();
            accepting_.wait_readable(listener_.native_handle());
        }
    }

    // False where nobody waits, or descriptors have run out.
    bool accept_one() {
        Protocol::endpoint name;
        error_code error;
        Stream socket = listener_.accept(name, error);
        if (error) return policy_.after_error(error.value()) == AcceptPolicy::Next::again;
        if (ConnectionSlot slot = policy_.slot())
            start(std::make_shared<AcceptedStream>(
                AcceptedStream{closed_on_exec(std::move(socket)), PeerName(name.data()), std::move(slot)}));
        return true;
    }

    struct AcceptedStream {
        Stream socket;
        PeerName name;
        ConnectionSlot slot;
    };

    void start(const std::shared_ptr<AcceptedStream>& accepted) {
        const auto work = [this, accepted](Counters& counters) { serve(std::move(*accepted), counters); };
        if (client_threads_.start(work) != 0) policy_.refused("no thread can be made for it");
    }

    void serve(AcceptedStream accepted, Counters& counters) {
        Connections<AsioConnection> own(settings_, log_, counters, std::pmr::new_delete_resource());
        hand_on_wakes(accepted.socket);
        Sleeping<BlockingAsioConnection> connection(blocked_, std::move(accepted.socket), own, accepted.name,
                                                    std::move(accepted.slot));
        while (connection.goes_on()) {
            read(connection);
            write(connection);
        }
    }

    void read(BlockingAsioConnection& connection) { connection.read_some(); }

    void write(BlockingAsioConnection& connection) { connection.write_some(); }

    void answer(Counters& counters) {
        Datagrams datagrams(std::move(datagrams_), settings_, counters);
        const BlockedThreads::Registration registration(blocked_, datagrams.fd());
        while (!blocked_.interrupted()) {
            datagrams.answer();
            blocked_.wait_readable(datagrams.fd());
        }
        datagrams.answer();
    }

    // Nobody is told to end before nobody more can come.
    void drain() {
        const posix::Clock::time_point end = posix::Clock::now() + settings_.limits.drain_timeout;
        accepting_.interrupt(end);
        accept_thread_.wait();
        listener_.close();
        blocked_.interrupt(end);
        client_threads_.wait();
    }

    net::io_context context_;
    Listener listener_;
    AcceptPolicy policy_;
    posix::UniqueFd datagrams_;
    BlockedThreads accepting_;
    BlockedThreads blocked_;
    ThreadGroup accept_thread_;
    ThreadGroup client_threads_;
};

}  // namespace

std::unique_ptr<server::Server> make_blocking(server::Sockets sockets, const server::Settings& settings) {
    return std::make_unique<Blocking>(std::move(sockets), settings);
}

}  // namespace iomux::asio
