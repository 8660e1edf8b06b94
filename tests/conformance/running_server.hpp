#pragma once

#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "conversation.hpp"
#include "server/registry.hpp"

namespace iomux::conformance {

/// 127.0.0.1, on a port that the kernel picks.
posix::Endpoint loopback();

/// Settings for a machine that may be slow: the drain timeout is as long as a test waits.
server::Settings settings_for(protocol::ProtocolConfig protocol);
/// Sets the number of threads of the pool. Other servers have no such option.
void set_workers(server::Settings& settings, std::size_t workers);

/// A server in a thread of this process, until it is stopped or destroyed. If it does not end, the process aborts.
class RunningServer {
public:
    explicit RunningServer(const server::Mechanism& mechanism, const server::Settings& settings = settings_for({}),
                           const posix::Endpoint& where = loopback());
    RunningServer(const server::Mechanism& mechanism, const server::Settings& settings,
                  std::vector<server::Sockets> sockets);
    ~RunningServer();
    RunningServer(const RunningServer&) = delete;
    RunningServer& operator=(const RunningServer&) = delete;

    const posix::Endpoint& endpoint() const { return endpoint_; }
    Client connect() const { return Client(endpoint_); }
    Conversation converse() const { return Conversation(endpoint_, settings_.protocol); }

    /// Starts the drain.
    void stop() { server_->stop(); }
    /// Waits until it has ended. Throws what it threw.
    const server::Counters& ended();
    const server::Counters& stop_and_end() {
        stop();
        return ended();
    }

private:
    const server::Settings settings_;
    posix::Endpoint endpoint_;
    std::unique_ptr<server::Server> server_;
    std::future<void> run_;
    std::jthread thread_;
};

}  // namespace iomux::conformance
