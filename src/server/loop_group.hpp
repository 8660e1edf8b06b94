#pragma once

#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "server/server.hpp"

namespace iomux::server {

/// Several loops, each in its own thread. They share only the address that they serve.
class LoopGroup final : public Server {
public:
    LoopGroup(std::vector<std::unique_ptr<Server>> loops, const Settings& settings)
        : Server(settings), loops_(std::move(loops)) {}

    /// If a loop fails, the others are stopped, and its exception is thrown once they have ended.
    void run() override;
    void stop() noexcept override;

private:
    void start(std::vector<std::jthread>& threads) noexcept;
    void run(Server& loop) noexcept;
    void fail(std::exception_ptr failure) noexcept;

    const std::vector<std::unique_ptr<Server>> loops_;
    std::mutex mutex_;
    std::exception_ptr failure_;
};

}  // namespace iomux::server
