// Blocking calls, a thread for each connection: the process waits in the kernel, in accept(2), recv(2) and send(2), and
// the scheduler is the multiplexer. There is no wait stage, and no interest set: a thread knows one socket. What it
// costs is the thread: two stacks, one of them the kernel's, and a switch for each message.
#include <memory>

#include "mechanisms.hpp"
#include "posix/socket.hpp"
#include "server/crew.hpp"
#include "server/datagrams.hpp"
#include "server/sleeping.hpp"

namespace iomux::raw {
namespace {

using namespace server;

class Blocking final : public Server {
public:
    Blocking(Sockets sockets, const Settings& settings)
        : Server(settings),
          acceptor_(std::move(sockets.listener), std::move(sockets.seats), settings_, log_, counters_),
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
        // Or its other holders' calls would block too: see wait_readable.
        if (!settings_.handed_over) posix::let_block(acceptor_.fd());
        door_.start_needed([this](Counters&) { accept(); });
        if (!datagrams_) return;
        if (!settings_.handed_over) posix::let_block(datagrams_.get());
        crew_.start_needed([this](Counters& counters) { answer(counters); });
    }

    void accept() {
        const Sleepers::Sleeper sleeper(accepting_, acceptor_.fd());
        // Once more after the stop: for those who have come before it.
        for (bool stopped = false; !stopped;) {
            stopped = accepting_.awake();
            while (auto client = acceptor_.next()) start(std::make_shared<Client>(std::move(*client)));
            if (acceptor_.retry_at()) accepting_.rest(*acceptor_.retry_at());
            acceptor_.retry_in_time();
            accepting_.wait_readable(acceptor_.fd());
        }
    }

    void start(const std::shared_ptr<Client>& client) {
        const auto work = [this, client](Counters& counters) { serve(std::move(*client), counters); };
        if (crew_.start(work) != 0) acceptor_.refuse(std::move(*client), "no thread can be made for it");
    }

    void serve(Client client, Counters& counters) {
        Loop own(settings_, log_, counters, std::pmr::new_delete_resource());
        BlockingConnection peer(sleepers_, std::move(client), own);
        while (peer.goes_on()) {
            read(peer);
            write(peer);
        }
    }

    void read(BlockingConnection& peer) { peer.read_some(); }

    void write(BlockingConnection& peer) { peer.write_some(); }

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
        acceptor_.close();
        sleepers_.wake(end);
        crew_.wait();
    }

    Acceptor acceptor_;
    posix::UniqueFd datagrams_;
    Sleepers accepting_;
    Sleepers sleepers_;
    Crew door_;
    Crew crew_;
};

}  // namespace

std::unique_ptr<Server> make_blocking(Sockets sockets, const Settings& settings) {
    return std::make_unique<Blocking>(std::move(sockets), settings);
}

}  // namespace iomux::raw
