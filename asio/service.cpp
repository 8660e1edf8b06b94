#include "service.hpp"

#include <fcntl.h>

#include "posix/endpoint.hpp"
#include "posix/error.hpp"

namespace iomux::asio {

Service::Service(server::Sockets sockets, const server::Settings& settings)
    : Server(settings),
      peers_(settings_, log_, counters_),
      listener_(context_, Protocol(posix::Endpoint::local(sockets.listener.get()).family(), 0), sockets.listener.get()),
      rules_(std::move(sockets.seats), settings_, log_, counters_),
      stopped_(context_, posix::check(::fcntl(stop_.fd(), F_DUPFD_CLOEXEC, 0), "cannot watch for the stop")),
      clock_(context_) {
    sockets.listener.release();
    // Otherwise Asio keeps to itself that a client went before it was accepted, and tries again.
    listener_.set_option(net::socket_base::enable_connection_aborted(true));
}

void Service::run() {
    stopped_.async_wait(decltype(stopped_)::wait_read, [this](const error_code&) { drain(); });
    accept();
    context_.run();
}

server::Seat Service::seat_for(const error_code& error) {
    // A drain comes before the handler of an accept that was done already: nobody is admitted behind it.
    return listener_.is_open() && !error ? rules_.seat() : server::Seat();
}

bool Service::accepts_more(const error_code& error) {
    if (!listener_.is_open()) return false;
    if (!error || rules_.after_error(error.value()) == server::AcceptRules::Next::again) return true;
    watch_clock();
    return false;
}

Stream Service::prepared(Stream socket) const {
    // Asio accepts with accept(2), which knows no SOCK_CLOEXEC. What fails here shows at the first read.
    ::fcntl(socket.native_handle(), F_SETFD, FD_CLOEXEC);
    return socket;
}

void Service::watch_clock() {
    const posix::Deadline due = posix::earlier(peers_.next_deadline(), rules_.retry_at());
    if (!due || (clock_watched_ && clock_.expiry() <= *due)) return;
    clock_watched_ = true;
    clock_.expires_at(*due);
    clock_.async_wait([this](const error_code& cancelled) {
        if (!cancelled) look_at_clock();
    });
}

void Service::look_at_clock() {
    clock_watched_ = false;
    peers_.expire();
    if (rules_.retry_at() && posix::Clock::now() >= *rules_.retry_at()) resume_accepting();
    watch_clock();
}

void Service::closed() {
    if (rules_.paused()) resume_accepting();
    // The last one leaves: the context has nothing else to wait for.
    if (!listener_.is_open() && peers_.empty()) clock_.cancel();
}

void Service::resume_accepting() {
    rules_.resume();
    if (listener_.is_open()) accept();
}

void Service::drain() {
    listener_.close();
    rules_.resume();
    peers_.drain();
    peers_.empty() ? static_cast<void>(clock_.cancel()) : watch_clock();
}

}  // namespace iomux::asio
