#pragma once

#include <atomic>
#include <exception>
#include <future>
#include <mutex>
#include <thread>

#include "running_server.hpp"

namespace iomux::faults {

/// A server that may fail, in a thread of its own, which makes it and destroys it: however it ends, its clients are
/// told by the kernel.
class FailingServer {
public:
    FailingServer(const server::Mechanism& mechanism, const server::Settings& settings);

    const posix::Endpoint& endpoint() const { return endpoint_; }

    /// Whether it has got so far as to serve.
    bool has_started() const { return started_; }
    /// Asks it to drain, if it is still there.
    void stop();
    /// Waits until it has ended. What ended it, if it was a failure. One that does not end ends the process.
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
