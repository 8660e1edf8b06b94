#include "compare/meters/tracer.hpp"

#include <fmt/format.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "posix/error.hpp"

namespace iomux::compare {
namespace {

int wait_for_next(pid_t& task) {
    int status = 0;
    // Of all children of this process, wait only for those that this thread traces.
    task = posix::check(posix::uninterrupted([&] { return ::waitpid(task, &status, __WALL | __WNOTHREAD); }),
                        "cannot wait for a traced process");
    return status;
}

void attach(pid_t task) {
    constexpr long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE;
    if (::ptrace(PTRACE_SEIZE, task, nullptr, options) < 0 || ::ptrace(PTRACE_INTERRUPT, task, nullptr, nullptr) < 0)
        posix::throw_errno("cannot trace a process (ptrace)");
    const int status = wait_for_next(task);
    run_on(task, status);
}

void attach_to_all_threads(pid_t process) {
    for (const auto& task : std::filesystem::directory_iterator(fmt::format("/proc/{}/task", process)))
        attach(std::stoi(task.path().filename()));
}

}  // namespace

Tracer::Tracer(pid_t process, OnStop on_stop) : process_(process), on_stop_(std::move(on_stop)) {
    std::future<void> traced = traced_.get_future();
    thread_ = std::thread([this] {
        try {
            attach_to_all_threads(process_);
        } catch (...) {
            traced_.set_exception(std::current_exception());
            return;
        }
        traced_.set_value();
        try {
            trace();
            ended_.set_value();
        } catch (...) {
            ended_.set_exception(std::current_exception());
        }
    });
    try {
        traced.get();
    } catch (...) {
        thread_.join();
        throw;
    }
}

Tracer::~Tracer() {
    if (!thread_.joinable()) return;
    ::kill(process_, SIGKILL);
    thread_.join();
}

void Tracer::wait_for_end() {
    thread_.join();
    ended_.get_future().get();
}

void Tracer::trace() {
    for (;;) {
        pid_t task = -1;
        const int status = wait_for_next(task);
        if (ending_) return;
        if (WIFSTOPPED(status)) {
            on_stop_(task, status);
            run_on(task, status);
        } else if (task == process_) {
            return;
        }
    }
}

}  // namespace iomux::compare
