#include "scripted_datagram_server.hpp"

#include <poll.h>

#include <algorithm>
#include <array>

#include "posix/error.hpp"
#include "posix/socket.hpp"

namespace iomux::testing_support {

ScriptedDatagramServer::ScriptedDatagramServer(Script script)
    : script_(std::move(script)),
      socket_(posix::datagram_socket_on(posix::Endpoint::internet("127.0.0.1", 0))),
      endpoint_(posix::Endpoint::local(socket_.get())),
      thread_([this] { serve(); }) {}

ScriptedDatagramServer::~ScriptedDatagramServer() {
    stop_.notify();
    thread_.join();
}

void ScriptedDatagramServer::serve() {
    for (;;) {
        std::array events{pollfd{stop_.fd(), POLLIN, 0}, pollfd{socket_.get(), POLLIN, 0}};
        posix::check(posix::uninterrupted([&] { return ::poll(events.data(), events.size(), -1); }), "poll");
        if (events[0].revents != 0) return;
        react();
    }
}

void ScriptedDatagramServer::react() {
    std::array<char, 64 * 1024> buffer;
    posix::Endpoint client;
    const ssize_t size =
        ::recvfrom(socket_.get(), buffer.data(), buffer.size(), 0, client.data(), client.size_pointer());
    // It fails if the client is gone.
    if (size < 0) return;
    const auto received = std::string_view(buffer.data(), static_cast<std::size_t>(size));
    for (const Reply& reply : script_(number_of(client), received)) {
        const posix::Endpoint& to = clients_.at(reply.to);
        ::sendto(socket_.get(), reply.datagram.data(), reply.datagram.size(), 0, to.data(), to.size());
    }
}

std::size_t ScriptedDatagramServer::number_of(const posix::Endpoint& client) {
    const auto known = std::ranges::find(clients_, client.port(), &posix::Endpoint::port);
    const auto number = static_cast<std::size_t>(known - clients_.begin());
    if (known == clients_.end()) clients_.push_back(client);
    return number;
}

}  // namespace iomux::testing_support
