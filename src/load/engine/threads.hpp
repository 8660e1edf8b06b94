#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "load/engine/generator.hpp"
#include "load/engine/sliced_load.hpp"
#include "load/result/measurement.hpp"
#include "load/result/result.hpp"
#include "load/workload/workload.hpp"
#include "posix/event_fd.hpp"

namespace iomux::load {

/// A thread's share of the workload. The numbers of connections differ by at most one between threads. The requests of
/// an open loop are divided in proportion; the threads together send them at the same times as a single thread would.
/// Threads are numbered from 0.
Workload share_of(const Workload& workload, std::size_t thread);

/// Runs a generator in each of the workload's threads. Each has a share of the connections, its own epoll instance and
/// its own histogram. The threads wait for each other when all are connected, when the window begins, when it ends, and
/// before and after the acknowledgement, so that none closes a connection earlier. Their results are merged at the end.
///
/// A thread that fails or loses its last connection ends all threads. Notifying `stop` ends them early. Rethrows an
/// exception of a thread.
Result run_threads(const Workload& workload, const posix::EventFd& stop, const WindowMarks& marks);

/// The same in slices. The threads begin a slice together, and it ends when all of them have ended it. In between they
/// sleep. A thread that fails or loses its last connection ends the load. Signals are handled by the thread that
/// constructs it.
class ThreadedLoad final : public SlicedLoad {
public:
    /// Notifying `stop` ends it early; `workload` and `stop` outlive it. Throws std::system_error.
    ThreadedLoad(const Workload& workload, const posix::EventFd& stop);
    ~ThreadedLoad() override;

    /// These rethrow an exception of a thread.
    void connect() override;
    Window slice(std::chrono::nanoseconds length) override;
    bool going_on() const override;
    Result result() const override;

private:
    using Task = std::function<void(std::size_t thread)>;

    void end_threads();
    void work(std::size_t thread);
    void run(Task task);

    const Workload workload_;
    const posix::EventFd& stop_;
    const std::shared_ptr<SharedByThreads> shared_ = std::make_shared<SharedByThreads>();
    std::vector<std::unique_ptr<Generator>> generators_;
    std::vector<std::exception_ptr> failures_;

    std::mutex mutex_;
    std::condition_variable changed_;
    Task task_;              // empty: the threads end
    std::size_t tasks_ = 0;  // so far; a thread runs each of them once
    std::size_t running_ = 0;
    std::vector<std::jthread> threads_;
};

}  // namespace iomux::load
