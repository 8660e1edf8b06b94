#include "load/engine/threads.hpp"

#include <algorithm>
#include <barrier>
#include <exception>
#include <memory>
#include <system_error>
#include <thread>
#include <vector>

#include "load/engine/generator.hpp"
#include "posix/limits.hpp"

namespace iomux::load {
namespace {

// The part of a thread: `count` things from `first` on.
struct Part {
    std::size_t first;
    std::size_t count;
};

Part part_of(std::size_t whole, std::size_t thread, std::size_t threads) {
    const std::size_t each = whole / threads, over = whole % threads;
    return {thread * each + std::min(thread, over), each + (thread < over ? 1 : 0)};
}

class ThreadGroup {
public:
    ThreadGroup(const Workload& workload, const posix::EventFd& stop, const WindowMarks& marks)
        : workload_(workload),
          stop_(stop),
          marks_(marks),
          together_(static_cast<std::ptrdiff_t>(workload.threads)),
          results_(workload.threads),
          failures_(workload.threads) {}

    Result run() {
        {
            std::vector<std::jthread> threads;
            try {
                while (threads.size() < workload_.threads)
                    threads.emplace_back([this, thread = threads.size()] { work(thread); });
            } catch (const std::system_error&) {
                // The threads that have started wait at the barrier for the others.
                stop_.notify();
                for (std::size_t i = threads.size(); i < workload_.threads; ++i) together_.arrive_and_drop();
                throw;
            }
        }
        for (const std::exception_ptr& failure : failures_)
            if (failure) std::rethrow_exception(failure);
        Result result = merged(results_);
        // The cores that this process may use; a comparison pins the load to some of the machine's cores.
        result.measured.cores = std::min(workload_.threads, posix::allowed_cores().size());
        return result;
    }

private:
    void work(std::size_t thread) {
        try {
            results_[thread] = Generator(share_of(workload_, thread), stop_, marks_of(thread), shared_).run();
        } catch (...) {
            failures_[thread] = std::current_exception();
            stop_.notify();
        }
        // The other threads no longer wait for this one.
        together_.arrive_and_drop();
    }

    // Only the first thread calls the marks.
    WindowMarks marks_of(std::size_t thread) {
        const auto together_then = [this, thread](const std::function<void()>& mark) {
            return [this, thread, &mark] {
                together_.arrive_and_wait();
                if (thread == 0) mark();
            };
        };
        return {.begins = together_then(marks_.begins),
                .ends = together_then(marks_.ends),
                .connected = together_then(marks_.connected),
                .gives_up = [this] { stop_.notify(); },
                .acknowledged =
                    [this, close = together_then(marks_.acknowledged)] {
                        close();
                        together_.arrive_and_wait();
                    }};
    }

    const Workload& workload_;
    const posix::EventFd& stop_;
    const WindowMarks& marks_;
    std::barrier<> together_;
    const std::shared_ptr<SharedByThreads> shared_ = std::make_shared<SharedByThreads>();
    std::vector<Result> results_;
    std::vector<std::exception_ptr> failures_;
};

}  // namespace

Workload share_of(const Workload& workload, std::size_t thread) {
    const Part connections = part_of(workload.connections, thread, workload.threads);
    const Part idle = part_of(workload.idle, thread, workload.threads);
    Workload share = workload;
    share.connections = connections.count;
    share.idle = idle.count;
    share.first_connection = connections.first + idle.first;
    if (share.open_loop)
        share.open_loop->share = {.connections = workload.connections, .threads = workload.threads, .thread = thread};
    return share;
}

Result run_threads(const Workload& workload, const posix::EventFd& stop, const WindowMarks& marks) {
    return ThreadGroup(workload, stop, marks).run();
}

}  // namespace iomux::load
