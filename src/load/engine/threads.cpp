#include "load/engine/threads.hpp"

#include <algorithm>
#include <barrier>
#include <csignal>
#include <system_error>
#include <utility>

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

    // Only the first thread calls the marks. The others wait while it may hold the window or the connections.
    WindowMarks marks_of(std::size_t thread) {
        const auto together_then = [this, thread](const std::function<void()>& mark) {
            return [this, thread, &mark] {
                together_.arrive_and_wait();
                if (thread == 0) mark();
            };
        };
        return {.begins =
                    [this, begin = together_then(marks_.begins)] {
                        begin();
                        together_.arrive_and_wait();
                    },
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

ThreadedLoad::ThreadedLoad(const Workload& workload, const posix::EventFd& stop)
    : workload_(workload), stop_(stop), generators_(workload.threads) {
    failures_.resize(workload.threads);
    sigset_t all, before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, &before);  // threads inherit it
    try {
        while (threads_.size() < workload_.threads)
            threads_.emplace_back([this, thread = threads_.size()] { work(thread); });
    } catch (...) {
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
        end_threads();
        throw;
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

ThreadedLoad::~ThreadedLoad() { end_threads(); }

void ThreadedLoad::end_threads() {
    {
        const std::lock_guard lock(mutex_);
        task_ = nullptr;
        ++tasks_;
    }
    changed_.notify_all();
    threads_.clear();
}

void ThreadedLoad::connect() {
    run([this](std::size_t thread) {
        generators_[thread] = std::make_unique<Generator>(share_of(workload_, thread), stop_, WindowMarks(), shared_);
        generators_[thread]->connect();
    });
}

Window ThreadedLoad::slice(std::chrono::nanoseconds length) {
    std::vector<Result> results(generators_.size());
    run([&](std::size_t thread) { results[thread].measured = generators_[thread]->slice(length); });
    Window window = merged(results).measured;
    window.cores = std::min(workload_.threads, posix::allowed_cores().size());
    return window;
}

bool ThreadedLoad::going_on() const {
    return std::ranges::all_of(generators_, [](const auto& one) { return one->going_on(); });
}

Result ThreadedLoad::result() const {
    std::vector<Result> results;
    for (const auto& one : generators_) results.push_back(one->result());
    return merged(results);
}

void ThreadedLoad::work(std::size_t thread) {
    std::unique_lock lock(mutex_);
    for (std::size_t done = 0;; ++done) {
        changed_.wait(lock, [&] { return tasks_ > done; });
        if (!task_) return;
        lock.unlock();
        try {
            task_(thread);
        } catch (...) {
            failures_[thread] = std::current_exception();
        }
        lock.lock();
        if (--running_ == 0) changed_.notify_all();
    }
}

void ThreadedLoad::run(Task task) {
    std::unique_lock lock(mutex_);
    task_ = std::move(task);
    running_ = threads_.size();
    ++tasks_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return running_ == 0; });
    for (const std::exception_ptr& failure : failures_)
        if (failure) std::rethrow_exception(failure);
}

Result run_threads(const Workload& workload, const posix::EventFd& stop, const WindowMarks& marks) {
    return ThreadGroup(workload, stop, marks).run();
}

}  // namespace iomux::load
