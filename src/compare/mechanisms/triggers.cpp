#include "compare/mechanisms/triggers.hpp"

#include <fmt/format.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

#include "compare/mechanisms/socket_pair.hpp"
#include "posix/event_fd.hpp"

namespace iomux::compare {
namespace {

// Watches one descriptor without blocking: a second descriptor is made ready before each wait, so the wait never
// sleeps.
class Watch {
public:
    Watch(const Mechanism& mechanism, int fd) : fd_(fd), monitor_(mechanism.watch(std::array{fd, always_.fd()})) {}

    bool reports() {
        always_.notify();
        const std::span<const int> ready = monitor_->wait();
        always_.clear();
        return std::ranges::find(ready, fd_) != ready.end();
    }

private:
    int fd_;
    posix::EventFd always_;
    std::unique_ptr<Monitor> monitor_;
};

sockaddr* generic(sockaddr_un& address) { return reinterpret_cast<sockaddr*>(&address); }

posix::UniqueFd make_socket() {
    return posix::UniqueFd(posix::check(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "cannot create a socket"));
}

// Listens on an address that the kernel chooses (autobind, unix(7)).
posix::UniqueFd make_listener(std::size_t backlog) {
    posix::UniqueFd listener = make_socket();
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    posix::check(::bind(listener.get(), generic(address), sizeof address.sun_family), "cannot bind a socket");
    posix::check(::listen(listener.get(), static_cast<int>(backlog)), "cannot listen");
    return listener;
}

posix::UniqueFd connect_to(const posix::UniqueFd& listener) {
    sockaddr_un address{};
    socklen_t size = sizeof address;
    posix::check(::getsockname(listener.get(), generic(address), &size), "getsockname");
    posix::UniqueFd client = make_socket();
    posix::check(::connect(client.get(), generic(address), size), "cannot connect");
    return client;
}

}  // namespace

const Mechanism& mechanism_named(std::string_view name) {
    const std::span<const Mechanism> all = monitor_mechanisms();
    const auto found = std::ranges::find(all, name, &Mechanism::name);
    if (found == all.end()) throw std::invalid_argument(fmt::format("no mechanism named \"{}\"", name));
    return *found;
}

std::size_t reports_of_unread_bytes(const Mechanism& mechanism, std::size_t waits) {
    const SocketPair sockets;
    Watch watch(mechanism, sockets.ours.get());
    posix::check(static_cast<int>(::send(sockets.theirs.get(), "unread", 6, MSG_NOSIGNAL)), "send");
    std::size_t reports = 0;
    for (std::size_t i = 0; i < waits; ++i) reports += watch.reports() ? 1 : 0;
    return reports;
}

std::size_t unread_bytes(const Mechanism& mechanism, std::size_t sent, std::size_t read_size) {
    const SocketPair sockets;
    Watch watch(mechanism, sockets.ours.get());
    std::vector<char> bytes(std::max(sent, read_size));
    posix::check(static_cast<int>(::send(sockets.theirs.get(), bytes.data(), sent, MSG_NOSIGNAL | MSG_DONTWAIT)),
                 "send");
    std::size_t left = sent;
    while (left > 0 && watch.reports())
        left -= static_cast<std::size_t>(
            posix::check(static_cast<int>(::recv(sockets.ours.get(), bytes.data(), read_size, MSG_DONTWAIT)), "recv"));
    return left;
}

std::size_t unaccepted_clients(const Mechanism& mechanism, std::size_t clients) {
    const posix::UniqueFd listener = make_listener(clients);
    Watch watch(mechanism, listener.get());
    std::vector<posix::UniqueFd> connected;
    for (std::size_t i = 0; i < clients; ++i) connected.push_back(connect_to(listener));
    std::size_t left = clients;
    for (; left > 0 && watch.reports(); --left)
        posix::UniqueFd(posix::check(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept"));
    return left;
}

}  // namespace iomux::compare
