// Blocking calls, a pool of threads: each serves one client to its end, then the next in line. The threads are bounded
// and made once; but a client that says nothing holds its thread, so that no more are served at once than there are
// threads, and the others wait in line, connected and unanswered.
#include "mechanisms.hpp"
#include "posix/socket.hpp"
#include "server/bounded_queue.hpp"
#include "server/datagrams.hpp"
#include "server/sleeping.hpp"
#include "server/thread_group.hpp"

namespace iomux::raw {
namespace {

using namespace server;

class Pool final : public Server {
public:
    Pool(Sockets sockets, const Settings& settings)
        : Server(settings),
          acceptor_(std::move(sockets.listener), std::move(sockets.limit), settings_, log_, counters_),
          datagrams_(std::move(sockets.datagrams)),
          accept_thread_(settings_.threading.stack_size, stop_),
          client_threads_(settings_.threading.stack_size, stop_) {}
    // For those that a failure has left running.
    ~Pool() override { drain(); }

    void run() override {
        listen();
        stop_.wait();
        drain();
        accept_thread_.add_up(counters_);
        client_threads_.add_up(counters_);
    }

private:
    void listen() {
        // Or its other holders' calls would block too: see wait_readable.
        if (!settings_.handed_over) posix::let_block(acceptor_.fd());
        accept_thread_.start_needed([this](Counters&) { accept(); });
        for (std::size_t i = 0; i < settings_.threading.workers; ++i)
            client_threads_.start_needed([this](Counters& counters) { work(counters); });
        if (!datagrams_) return;
        if (!settings_.handed_over) posix::let_block(datagrams_.get());
        client_threads_.start_needed([this](Counters& counters) { answer(counters); });
    }

    void accept() {
        const BlockedThreads::Registration registration(accepting_, acceptor_.fd());
        // Once more after the stop: for those who have come before it.
        for (bool stopped = false; !stopped;) {
            stopped = accepting_.interrupted();
            while (auto client = acceptor_.next()) queue(std::move(*client));
            if (acceptor_.retry_at()) accepting_.rest(*acceptor_.retry_at());
            acceptor_.retry_in_time();
            accepting_.wait_readable(acceptor_.fd());
        }
    }

    void queue(AcceptedSocket client) {
        if (!waiting_.push(client)) acceptor_.refuse(std::move(client), "too many wait for a worker (--queue)");
    }

    void work(Counters& counters) {
        LoopContext own(settings_, log_, counters, std::pmr::new_delete_resource());
        while (auto client = waiting_.pop()) serve(std::move(*client), own);
    }

    void serve(AcceptedSocket client, LoopContext& own) {
        BlockingConnection connection(blocked_, std::move(client), own);
        while (connection.goes_on()) {
            read(connection);
            write(connection);
        }
    }

    void read(BlockingConnection& connection) { connection.read_some(); }

    void write(BlockingConnection& connection) { connection.write_some(); }

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
        acceptor_.close();
        waiting_.close();
        blocked_.interrupt(end);
        client_threads_.wait();
    }

    Acceptor acceptor_;
    posix::UniqueFd datagrams_;
    BoundedQueue<AcceptedSocket> waiting_{settings_.threading.queue};
    BlockedThreads accepting_;
    BlockedThreads blocked_;
    ThreadGroup accept_thread_;
    ThreadGroup client_threads_;
};

}  // namespace

std::unique_ptr<Server> make_pool(Sockets sockets, const Settings& settings) {
    return std::make_unique<Pool>(std::move(sockets), settings);
}

}  // namespace iomux::raw
