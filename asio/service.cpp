#include "service.hpp"

#include <boost/asio/post.hpp>

#include "asio_connection.hpp"
#include "backend.hpp"
#include "reactor_connection.hpp"

namespace iomux::asio {

template <class Connection>
Service<Connection>::Service(server::Sockets sockets, const server::Settings& settings, Context context)
    : Server(settings),
      policy_(std::move(sockets.limit), settings_, log_, counters_),
      connections_(settings_, log_, counters_),
      context_(std::move(context)),
      listener_(listener_on(std::move(sockets.listener), executor_)),
      datagrams_(std::move(sockets.datagrams), settings_, counters_) {
    // The socket is already non-blocking. If Asio on io_uring knows it, it waits with a poll request, and the kernel
    // wakes every process that waits for the listener. Otherwise it wakes only one, which may be about to stop.
    if (settings_.handed_over) listener_.native_non_blocking(true);
    connections_.loop().timeouts.call_when_sooner([this] { set_clock(); });
    stopped_.assign(stop_.fd());
    if (datagrams_.is_open()) datagrams_waited_.assign(datagrams_.fd());
}

template <class Connection>
void Service<Connection>::run() {
    net::post(executor_, [this] { start(); });
    context_.run();
}

template <class Connection>
void Service<Connection>::start() {
    stopped_.async_wait(Descriptor::wait_read, [this](const error_code&) { drain(); });
    if (datagrams_.is_open()) answer_datagrams();
    accept();
}

template <class Connection>
void Service<Connection>::answer_datagrams() {
    datagrams_waited_.async_wait(Descriptor::wait_read, [this](const error_code&) {
        if (!datagrams_.is_open()) return;
        datagrams_.answer();
        answer_datagrams();
    });
}

template <class Connection>
server::ConnectionSlot Service<Connection>::slot_for(const error_code& error, Stream& socket) {
    if (error) return {};
    // A drain may run before the handler of an accept that had already completed. If the listener was handed over, that
    // connection is served nevertheless, because it could have waited for the next process.
    if (!listener_.is_open() && !(settings_.handed_over && connections_.draining())) return {};
    const std::size_t ceiling = backend().descriptor_ceiling;
    if (ceiling != 0 && static_cast<std::size_t>(socket.native_handle()) >= ceiling) {
        policy_.refused("select cannot watch descriptors from 1024 on");
        return {};
    }
    server::ConnectionSlot slot = policy_.slot();
    // The clock may have been stopped when no other connection was left.
    if (slot && connections_.draining()) set_clock();
    return slot;
}

template <class Connection>
bool Service<Connection>::accepts_more(const error_code& error) {
    if (!listener_.is_open()) return false;
    if (!error || policy_.retries_after(error.value())) return true;
    set_clock();
    return false;
}

template <class Connection>
void Service<Connection>::set_clock() {
    clock_.set(posix::earlier(connections_.next_deadline(), policy_.retry_at()));
}

template <class Connection>
void Service<Connection>::check_clock(posix::Clock::time_point now) {
    connections_.expire(now);
    if (policy_.retry_at() && now >= *policy_.retry_at()) resume_accepting();
    // It may have rung just before the last connection closed.
    if (listener_.is_open() || !connections_.empty()) set_clock();
}

template <class Connection>
void Service<Connection>::closed() {
    if (policy_.paused()) resume_accepting();
    // After the last connection the context must have nothing else to wait for.
    if (!listener_.is_open() && connections_.empty()) clock_.cancel();
}

template <class Connection>
void Service<Connection>::resume_accepting() {
    policy_.resume();
    if (listener_.is_open()) accept();
}

template <class Connection>
void Service<Connection>::drain() {
    // If Asio closed it, it would stay in the epoll set if another loop or process has it open too.
    posix::UniqueFd(listener_.release()).reset();
    policy_.resume();
    datagrams_waited_.release();
    datagrams_.drain();
    connections_.drain();
    connections_.empty() ? clock_.cancel() : set_clock();
}

template class Service<AsioConnection>;
template class Service<ReactorConnection>;

}  // namespace iomux::asio
