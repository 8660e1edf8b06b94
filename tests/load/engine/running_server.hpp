#pragma once

#include <memory>
#include <thread>

#include "mechanisms.hpp"
#include "server/log.hpp"

namespace iomux::testing_support {

/// An iomux server in a thread. It serves datagrams too, unless the endpoint is a Unix socket.
class RunningServer {
public:
    explicit RunningServer(const protocol::ProtocolConfig& protocol,
                           const posix::Endpoint& endpoint = posix::Endpoint::internet("127.0.0.1", 0)) {
        const server::Settings settings{
            .protocol = protocol, .datagrams = !endpoint.is_unix(), .log_level = server::LogLevel::error};
        start(std::move(server::open_sockets(endpoint, 4096, settings, 1).front()), settings);
    }
    RunningServer(server::Sockets sockets, const server::Settings& settings) { start(std::move(sockets), settings); }
    ~RunningServer() { server_->stop(); }

    const posix::Endpoint& endpoint() const { return endpoint_; }

private:
    void start(server::Sockets sockets, const server::Settings& settings) {
        endpoint_ = posix::Endpoint::local(sockets.listener.get());
        server_ = raw::make_epoll(std::move(sockets), settings);
        thread_ = std::jthread([this] { server_->run(); });
    }

    posix::Endpoint endpoint_;
    std::unique_ptr<server::Server> server_;
    std::jthread thread_;
};

}  // namespace iomux::testing_support
