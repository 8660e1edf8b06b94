#include "service.hpp"

#include <boost/asio/post.hpp>

#include "backend.hpp"
#include "peer.hpp"
#include "ready_peer.hpp"

namespace iomux::asio {

template <class Peer>
Service<Peer>::Service(server::Sockets sockets, const server::Settings& settings, Context context)
    : Server(settings),
      rules_(std::move(sockets.seats), settings_, log_, counters_),
      peers_(settings_, log_, counters_),
      context_(std::move(context)),
      listener_(listener_on(std::move(sockets.listener), executor_)),
      datagrams_(std::move(sockets.datagrams), settings_, counters_) {
    // As it is. On io_uring Asio then waits as poll(2) does, where the kernel tells all who wait for a listener,
    // instead of one, who may be about to stop.
    if (settings_.handed_over) listener_.native_non_blocking(true);
    peers_.loop().deadlines.call_when_sooner([this] { watch_clock(); });
    stopped_.assign(stop_.fd());
    if (datagrams_.is_open()) datagrams_waited_.assign(datagrams_.fd());
}

template <class Peer>
void Service<Peer>::run() {
    net::post(executor_, [this] { start(); });
    context_.run();
}

template <class Peer>
void Service<Peer>::start() {
    stopped_.async_wait(Descriptor::wait_read, [this](const error_code&) { drain(); });
    if (datagrams_.is_open()) answer_datagrams();
    accept();
}

template <class Peer>
void Service<Peer>::answer_datagrams() {
    datagrams_waited_.async_wait(Descriptor::wait_read, [this](const error_code&) {
        if (!datagrams_.is_open()) return;
        datagrams_.answer();
        answer_datagrams();
    });
}

template <class Peer>
server::Seat Service<Peer>::seat_for(const error_code& error, Stream& socket) {
    if (error) return {};
    // A drain comes before the handler of an accept that was done already. Whoever might have waited for the server's
    // successor is served nevertheless.
    if (!listener_.is_open() && !(settings_.handed_over && peers_.draining())) return {};
    const std::size_t ceiling = backend().descriptor_ceiling;
    if (ceiling != 0 && static_cast<std::size_t>(socket.native_handle()) >= ceiling) {
        rules_.refused("its descriptor is past what select(2) can take");
        return {};
    }
    server::Seat seat = rules_.seat();
    // The clock may have been put away, when nobody else was left.
    if (seat && peers_.draining()) watch_clock();
    return seat;
}

template <class Peer>
bool Service<Peer>::accepts_more(const error_code& error) {
    if (!listener_.is_open()) return false;
    if (!error || rules_.after_error(error.value()) == server::AcceptRules::Next::again) return true;
    watch_clock();
    return false;
}

template <class Peer>
void Service<Peer>::watch_clock() {
    clock_.set(posix::earlier(peers_.next_deadline(), rules_.retry_at()));
}

template <class Peer>
void Service<Peer>::look_at_clock() {
    peers_.expire();
    if (rules_.retry_at() && posix::Clock::now() >= *rules_.retry_at()) resume_accepting();
    // It may have rung just before the last one left.
    if (listener_.is_open() || !peers_.empty()) watch_clock();
}

template <class Peer>
void Service<Peer>::closed() {
    if (rules_.paused()) resume_accepting();
    // The last one leaves: the context has nothing else to wait for.
    if (!listener_.is_open() && peers_.empty()) clock_.cancel();
}

template <class Peer>
void Service<Peer>::resume_accepting() {
    rules_.resume();
    if (listener_.is_open()) accept();
}

template <class Peer>
void Service<Peer>::drain() {
    // Closed by Asio it would stay in its epoll set, where another loop or process has it open too.
    posix::UniqueFd(listener_.release()).reset();
    rules_.resume();
    datagrams_waited_.release();
    datagrams_.drain();
    peers_.drain();
    peers_.empty() ? clock_.cancel() : watch_clock();
}

template class Service<Peer>;
template class Service<ReadyPeer>;

}  // namespace iomux::asio
