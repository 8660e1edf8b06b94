// Blocking calls, a thread for each connection: the process waits in the kernel, in accept(2), recv(2) and send(2), and
// the scheduler is the multiplexer. There is no wait stage, and no interest set: a thread knows one socket. What it
// costs is the thread: two stacks, one of them the kernel's, and a switch for each message.
#include <memory>

#include "mechanisms.hpp"
#include "posix/socket.hpp"
#include "server/datagrams.hpp"
#include "server/sleeping.hpp"
#include "server/thread_group.hpp"

namespace iomux::raw {
namespace {

using namespace server;

class Blocking final : public Server {
public:
    Blocking(Sockets sockets, const Settings& settings)
        : Server(settings),
          acceptor_(std::move(sockets.listener), std::move(sockets.limit), settings_, log_, counters_),
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
        // Or its other holders' calls would block too: see wait_readable.
        if (!settings_.handed_over) posix::let_block(acceptor_.fd());
        accept_thread_.start_needed([this](Counters&) { accept(); });
        if (!datagrams_) return;
        if (!settings_.handed_over) posix::let_block(datagrams_.get());
        client_threads_.start_needed([this](Counters& counters) { answer(counters); });
    }

    void accept() {
        const BlockedThreads::Registration registration(accepting_, acceptor_.fd());
        // Once more after the stop: for those who have come before it.
        for (bool stopped = false; !stopped;) {
            stopped = accepting_.interrupted();
            while (auto client = acceptor_.next()) start(std::make_shared<AcceptedSocket>(std::move(*client)));
            if (acceptor_.retry_at()) accepting_.rest(*acceptor_.retry_at());
            acceptor_.retry_in_time();
            accepting_.wait_readable(acceptor_.fd());
        }
    }

    void start(const std::shared_ptr<AcceptedSocket>& client) {
        const auto work = [this, client](Counters& counters) { serve(std::move(*client), counters); };
        if (client_threads_.start(work) != 0) acceptor_.refuse(std::move(*client), "no thread can be made for it");
    }

    void serve(AcceptedSocket client, Counters& counters) {
        LoopContext own(settings_, log_, counters, std::pmr::new_delete_resource());
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
        blocked_.interrupt(end);
        client_threads_.wait();
    }

    Acceptor acceptor_;
    posix::UniqueFd datagrams_;
    BlockedThreads accepting_;
    BlockedThreads blocked_;
    ThreadGroup accept_thread_;
    ThreadGroup client_threads_;
};

}  // namespace

std::unique_ptr<Server> make_blocking(Sockets sockets, const Settings& settings) {
    return std::make_unique<Blocking>(std::move(sockets), settings);
}

}  // namespace iomux::raw
