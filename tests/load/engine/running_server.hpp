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
        std::vector<server::Sockets> sockets = server::open_sockets(endpoint, 4096, settings, 1);
        endpoint_ = posix::Endpoint::local(sockets.front().listener.get());
        server_ = raw::make_epoll(std::move(sockets.front()), settings);
        thread_ = std::jthread([this] { server_->run(); });
    }
    ~RunningServer() { server_->stop(); }

    const posix::Endpoint& endpoint() const { return endpoint_; }

private:
    posix::Endpoint endpoint_;
    std::unique_ptr<server::Server> server_;
    std::jthread thread_;
};

}  // namespace iomux::testing_support
