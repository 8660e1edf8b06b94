// Blocking calls, one thread per connection: the threads wait in accept4(2), recv(2) and send(2), and the scheduler is
// the multiplexer. There is no wait stage and no interest set, because each thread serves one socket. The cost of a
// connection is its thread: two stacks, one of them in the kernel, and context switches. Ceiling: --max-connections.
#include <memory>

#include "mechanisms.hpp"
#include "posix/socket.hpp"
#include "server/acceptor.hpp"
#include "server/blocking_turns.hpp"
#include "server/connection.hpp"
#include "server/threaded_server.hpp"

namespace iomux::raw {
namespace {

using namespace server;

class Blocking final : public ThreadedServer {
public:
    Blocking(Sockets sockets, const Settings& settings)
        : ThreadedServer(std::move(sockets.datagrams), settings),
          acceptor_(std::move(sockets.listener), std::move(sockets.limit), settings_, log_, counters_) {}
    ~Blocking() override { drain(); }

private:
    void listen() override {
        // A listener that was handed over never blocks, because the calls of its other holders would block too.
        if (!settings_.handed_over) posix::let_block(acceptor_.fd());
    }

    void accept() override {
        while (acceptor_.accepts_more()) {
            posix::Endpoint peer;
            const int fd = ::accept4(acceptor_.fd(), peer.data(), peer.size_pointer(), SOCK_CLOEXEC);
            if (auto accepted = acceptor_.accepted(fd, peer))
                start(std::make_shared<AcceptedSocket>(std::move(*accepted)));
        }
    }

    void start(const std::shared_ptr<AcceptedSocket>& accepted) {
        const auto work = [this, accepted](Counters& counters) { serve(std::move(*accepted), counters); };
        if (client_threads_.start(work) != 0) acceptor_.refuse(std::move(*accepted), "cannot create a thread for it");
    }

    void serve(AcceptedSocket accepted, Counters& counters) {
        LoopContext own(settings_, log_, counters, std::pmr::new_delete_resource());
        Connection connection(std::move(accepted), own);
        BlockingTurns turns(blocked_, connection);
        while (turns.go_on()) {
            // If something is unsent, the client may wait for it, and recv(2) would sleep.
            if (!connection.wants_write()) read(connection);
            write(connection);
        }
    }

    void read(Connection& connection) {
        const std::span<std::byte> room = connection.room();
        if (!room.empty()) connection.received(room, ::recv(connection.fd(), room.data(), room.size(), 0));
    }

    void write(Connection& connection) {
        const auto [bytes, gathered] = connection.due();
        if (!bytes.empty())
            connection.sent(::send(connection.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
        else if (gathered != nullptr)
            connection.sent(::sendmsg(connection.fd(), gathered, MSG_NOSIGNAL));
    }

    void stop_listening() override { acceptor_.close(); }

    int accepting_fd() override { return acceptor_.fd(); }
    AcceptPolicy& policy() override { return acceptor_.policy(); }

    Acceptor acceptor_;
};

}  // namespace

std::unique_ptr<Server> make_blocking(Sockets sockets, const Settings& settings) {
    return std::make_unique<Blocking>(std::move(sockets), settings);
}

}  // namespace iomux::raw
