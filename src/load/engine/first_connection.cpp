#include "load/engine/first_connection.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "posix/clock.hpp"
#include "posix/error.hpp"

namespace iomux::load {
namespace {

bool is_closed(int socket) {
    char byte = 0;
    const ssize_t size =
        posix::uninterrupted([&] { return ::recv(socket, &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT); });
    // ENOTCONN and EAGAIN: it still connects, or has nothing to read.
    return size == 0 || (size < 0 && errno != EAGAIN && errno != ENOTCONN);
}

}  // namespace

void FirstConnection::await(posix::UniqueFd socket, EventLoop& loop, const Workload& workload) {
    socket_ = std::move(socket);
    loop.await_connection(socket_.get(), posix::Clock::now() + workload.stall_limit,
                          "cannot connect to " + workload.endpoint.text());
}

posix::UniqueFd FirstConnection::take() {
    if (socket_ && is_closed(socket_.get())) socket_.reset();
    return std::move(socket_);
}

}  // namespace iomux::load
