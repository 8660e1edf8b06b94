#include "server/loop_group.hpp"

#include <system_error>
#include <utility>

namespace iomux::server {

void LoopGroup::run() {
    {
        std::vector<std::jthread> threads;
        start(threads);
        run(*loops_.front());
    }
    for (const std::unique_ptr<Server>& loop : loops_) counters_.add_thread(loop->counters());
    if (failure_) std::rethrow_exception(failure_);
}

void LoopGroup::start(std::vector<std::jthread>& threads) noexcept {
    try {
        for (std::size_t i = 1; i < loops_.size(); ++i) threads.emplace_back([this, i] { run(*loops_[i]); });
    } catch (const std::system_error& error) {
        fail(std::make_exception_ptr(std::system_error(error.code(), "cannot create a thread")));
    } catch (...) {
        fail(std::current_exception());
    }
}

void LoopGroup::run(Server& loop) noexcept {
    try {
        loop.run();
    } catch (...) {
        fail(std::current_exception());
    }
}

void LoopGroup::fail(std::exception_ptr failure) noexcept {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(failure);
    stop();
}

void LoopGroup::stop() noexcept {
    for (const std::unique_ptr<Server>& loop : loops_) loop->stop();
}

}  // namespace iomux::server
