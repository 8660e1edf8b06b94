// Boost.Asio's synchronous calls, one thread per connection, like raw/blocking.cpp. A call returns when it is done, so
// there is no wait stage, no handler, and nothing runs the io_context. The library still registers each socket with its
// epoll set, which costs two system calls per connection. Ceiling: --max-connections.
#include <memory>

#include "asio_connection.hpp"
#include "listener.hpp"
#include "posix/socket.hpp"
#include "server/blocking_turns.hpp"
#include "server/threaded_server.hpp"
#include "styles.hpp"

namespace iomux::asio {
namespace {

using namespace server;

// Makes the socket block, but lets the library believe that it does not. So the library returns EINTR and EAGAIN, and
// does not wait in a poll(2) of its own, which a stop could not interrupt.
template <class Socket>
void block_until_interrupted(Socket& socket) {
    socket.non_blocking(true);
    posix::let_block(socket.native_handle());
}

// A connection for BlockingTurns: its thread makes the calls, so no operation is ever in flight elsewhere.
class BlockingConnection : public AsioConnection {
public:
    using AsioConnection::AsioConnection;

    int fd() { return socket().native_handle(); }
    bool wants_read() const { return !wants_write(); }
    bool wants_write() const { return has_unsent(); }
    void drain() {
        ask_to_drain();
        if (!has_unsent()) replies_due();
    }
    void expire() { state().expire(wants_write()); }
};

struct AcceptedSocket {
    Stream socket;
    PeerName name;
    ConnectionSlot slot;
};

class Blocking final : public ThreadedServer {
public:
    Blocking(Sockets sockets, const Settings& settings)
        : ThreadedServer(std::move(sockets.datagrams), settings),
          listener_(listener_on(std::move(sockets.listener), Executor(context_))),
          policy_(std::move(sockets.limit), settings_, log_, counters_) {}
    ~Blocking() override { drain(); }

private:
    void listen() override {
        // A listener that was handed over never blocks, because the calls of its other holders would block too.
        settings_.handed_over ? listener_.non_blocking(true) : block_until_interrupted(listener_);
    }

    void accept() override {
        for (bool goes_on = true; goes_on;) {
            Protocol::endpoint peer;
            error_code error;
            Stream socket = listener_.accept(peer, error);
            goes_on = !error || policy_.retries_after(error.value());
            if (error) continue;
            if (ConnectionSlot slot = policy_.slot())
                start(std::make_shared<AcceptedSocket>(
                    AcceptedSocket{closed_on_exec(std::move(socket)), PeerName(peer.data()), std::move(slot)}));
        }
    }

    void start(const std::shared_ptr<AcceptedSocket>& accepted) {
        const auto work = [this, accepted](Counters& counters) { serve(std::move(*accepted), counters); };
        if (client_threads_.start(work) != 0) policy_.refused("cannot create a thread for it");
    }

    void serve(AcceptedSocket accepted, Counters& counters) {
        Connections<AsioConnection> own(settings_, log_, counters, std::pmr::new_delete_resource());
        block_until_interrupted(accepted.socket);
        BlockingConnection connection(std::move(accepted.socket), own, accepted.name, std::move(accepted.slot));
        BlockingTurns turns(blocked_, connection);
        while (turns.go_on()) {
            // If something is unsent, the client may wait for it, and read_some would sleep.
            if (!connection.wants_write()) read(connection);
            write(connection);
        }
    }

    void read(BlockingConnection& connection) {
        error_code error;
        const std::size_t size = connection.socket().read_some(connection.room(), error);
        connection.on_received(error, size);
    }

    void write(BlockingConnection& connection) {
        if (!connection.replies_due()) return;
        error_code error;
        const std::size_t size = connection.socket().write_some(connection.piece(), error);
        connection.sent(error, size);
        connection.replies_due();
    }

    void stop_listening() override { listener_.close(); }

    int accepting_fd() override { return listener_.native_handle(); }
    AcceptPolicy& policy() override { return policy_; }

    net::io_context context_;
    Listener listener_;
    AcceptPolicy policy_;
};

}  // namespace

std::unique_ptr<server::Server> make_blocking(server::Sockets sockets, const server::Settings& settings) {
    return std::make_unique<Blocking>(std::move(sockets), settings);
}

}  // namespace iomux::asio
