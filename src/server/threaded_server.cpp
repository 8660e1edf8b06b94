#include "server/threaded_server.hpp"

#include <utility>

#include "posix/socket.hpp"
#include "server/datagrams.hpp"

namespace iomux::server {

OwnOption stack_size_option() {
    constexpr std::size_t least = 16 * 1024;  // PTHREAD_STACK_MIN
    constexpr std::size_t most = 64 * 1024 * 1024;
    return own_option("stack-size", &BlockingOptions::stack_size, Sizes{least, most},
                      "servers with blocking threads only: the stack reserved for each thread");
}

ThreadedServer::ThreadedServer(posix::UniqueFd datagrams, const Settings& settings)
    : Server(settings),
      client_threads_(settings_.own.get<BlockingOptions>().stack_size, stop_),
      datagrams_(std::move(datagrams)),
      accept_thread_(settings_.own.get<BlockingOptions>().stack_size, stop_) {}

void ThreadedServer::run() {
    listen();
    accept_thread_.start_needed([this](Counters&) { accept_until_stopped(); });
    if (datagrams_) {
        if (!settings_.handed_over) posix::let_block(datagrams_.get());
        client_threads_.start_needed([this](Counters& counters) { answer_datagrams(counters); });
    }
    stop_.wait();
    drain();
    accept_thread_.add_up(counters_);
    client_threads_.add_up(counters_);
}

void ThreadedServer::accept_until_stopped() {
    const BlockedThreads::Registration registration(accepting_, accepting_fd());
    // Once more after the stop, for the connections that came before it.
    for (bool stopped = false; !stopped;) {
        stopped = accepting_.interrupted();
        accept();
        AcceptPolicy& accept_policy = policy();
        if (accept_policy.retry_at()) accepting_.sleep_until(*accept_policy.retry_at());
        accept_policy.retry_in_time();
        accepting_.wait_readable(accepting_fd());
    }
}

void ThreadedServer::answer_datagrams(Counters& counters) {
    Datagrams datagrams(std::move(datagrams_), settings_, counters);
    const BlockedThreads::Registration registration(blocked_, datagrams.fd());
    while (!blocked_.interrupted()) {
        datagrams.answer();
        blocked_.wait_readable(datagrams.fd());
    }
    datagrams.answer();
}

void ThreadedServer::drain() {
    const posix::Clock::time_point end = posix::Clock::now() + settings_.limits.drain_timeout;
    // Stop accepting before telling client threads to finish.
    accepting_.interrupt(end);
    accept_thread_.wait();
    stop_listening();
    blocked_.interrupt(end);
    client_threads_.wait();
}

}  // namespace iomux::server
