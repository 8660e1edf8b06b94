// Blocking calls, a pool of threads: each serves one connection to its end, then the next in the queue. The threads are
// bounded and made once. But a silent client keeps its thread, so no more clients are served at once than there are
// threads; the others wait in the queue, connected and unanswered.
#include "mechanism_options.hpp"
#include "mechanisms.hpp"
#include "posix/socket.hpp"
#include "server/acceptor.hpp"
#include "server/blocking_turns.hpp"
#include "server/bounded_queue.hpp"
#include "server/connection.hpp"
#include "server/threaded_server.hpp"

namespace iomux::raw {
namespace {

using namespace server;

class Pool final : public ThreadedServer {
public:
    Pool(Sockets sockets, const Settings& settings)
        : ThreadedServer(std::move(sockets.datagrams), settings),
          acceptor_(std::move(sockets.listener), std::move(sockets.limit), settings_, log_, counters_) {}
    ~Pool() override { drain(); }

private:
    void listen() override {
        // A listener that was handed over never blocks, because the calls of its other holders would block too.
        if (!settings_.handed_over) posix::let_block(acceptor_.fd());
        for (std::size_t i = 0; i < options_.workers; ++i)
            client_threads_.start_needed([this](Counters& counters) { work(counters); });
    }

    void accept() override {
        while (acceptor_.accepts_more()) {
            posix::Endpoint peer;
            const int fd = ::accept4(acceptor_.fd(), peer.data(), peer.size_pointer(), SOCK_CLOEXEC);
            if (auto accepted = acceptor_.accepted(fd, peer)) queue(std::move(*accepted));
        }
    }

    void queue(AcceptedSocket accepted) {
        if (!waiting_.push(accepted)) acceptor_.refuse(std::move(accepted), "the queue for a worker is full (--queue)");
    }

    void work(Counters& counters) {
        LoopContext own(settings_, log_, counters, std::pmr::new_delete_resource());
        while (auto accepted = waiting_.pop()) serve(std::move(*accepted), own);
    }

    void serve(AcceptedSocket accepted, LoopContext& own) {
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

    void stop_listening() override {
        acceptor_.close();
        waiting_.close();
    }

    int accepting_fd() override { return acceptor_.fd(); }
    AcceptPolicy& policy() override { return acceptor_.policy(); }

    const PoolOptions options_ = settings_.own.get<PoolOptions>();
    Acceptor acceptor_;
    BoundedQueue<AcceptedSocket> waiting_{options_.queue};
};

}  // namespace

std::unique_ptr<Server> make_pool(Sockets sockets, const Settings& settings) {
    return std::make_unique<Pool>(std::move(sockets), settings);
}

}  // namespace iomux::raw
