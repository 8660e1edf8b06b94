#pragma once

#include <atomic>
#include <exception>
#include <future>
#include <mutex>
#include <thread>

#include "running_server.hpp"

namespace iomux::faults {

/// A server that may fail. A thread of its own creates and destroys it, so however it ends, its clients see an end of
/// file or a reset.
class FailingServer {
public:
    FailingServer(const server::Mechanism& mechanism, const server::Settings& settings);

    const posix::Endpoint& endpoint() const { return endpoint_; }

    /// Whether the server was created and has begun to run.
    bool has_started() const { return started_; }
    /// Starts the drain, if the server is still running.
    void stop();
    /// Waits until the server has ended. Returns the exception that ended it, or null. If the server does not end, the
    /// process aborts.
    std::exception_ptr ended();

private:
    void serve(std::vector<server::Sockets> sockets);
    void publish(server::Server* server);

    const server::Mechanism& mechanism_;
    const server::Settings settings_;
    posix::Endpoint endpoint_;
    std::mutex mutex_;
    server::Server* server_ = nullptr;  // while it runs
    bool stopped_ = false;
    std::atomic<bool> started_ = false;
    std::future<void> run_;
    std::jthread thread_;
};

}  // namespace iomux::faults
