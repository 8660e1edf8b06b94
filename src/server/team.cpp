#include "server/team.hpp"

#include <thread>

namespace iomux::server {

void Team::run() {
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 1; i < loops_.size(); ++i) threads.emplace_back([this, i] { run(*loops_[i]); });
        run(*loops_.front());
    }
    for (const std::unique_ptr<Server>& loop : loops_) counters_.add_thread(loop->counters());
    if (failure_) std::rethrow_exception(failure_);
}

void Team::run(Server& loop) noexcept {
    try {
        loop.run();
    } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!failure_) failure_ = std::current_exception();
        stop();
    }
}

void Team::stop() noexcept {
    for (const std::unique_ptr<Server>& loop : loops_) loop->stop();
}

}  // namespace iomux::server
