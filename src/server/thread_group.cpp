#include "server/thread_group.hpp"

#include <pthread.h>

#include <memory>
#include <utility>

#include "posix/error.hpp"

namespace iomux::server {

struct ThreadGroup::Thread {
    ThreadGroup& group;
    Work work;

    static void* run(void* argument) {
        const std::unique_ptr<Thread> self(static_cast<Thread*>(argument));
        self->group.run(std::move(self->work));
        return nullptr;
    }
};

int ThreadGroup::start(Work work) {
    pthread_attr_t attributes;
    ::pthread_attr_init(&attributes);
    ::pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    int error = ::pthread_attr_setstacksize(&attributes, stack_size_);
    auto thread = std::make_unique<Thread>(Thread{*this, std::move(work)});
    {
        const std::lock_guard lock(mutex_);
        pthread_t unused;
        if (error == 0) error = ::pthread_create(&unused, &attributes, &Thread::run, thread.get());
        if (error == 0) ++running_;
    }
    ::pthread_attr_destroy(&attributes);
    if (error == 0) static_cast<void>(thread.release());
    return error;
}

void ThreadGroup::start_needed(Work work) {
    if (const int error = start(std::move(work))) posix::throw_errno("cannot create a thread", error);
}

void ThreadGroup::run(Work work) noexcept {
    Counters counters;
    std::exception_ptr failure;
    try {
        work(counters);
    } catch (...) {
        failure = std::current_exception();
    }
    // Destroy what the function holds first: the group may be destroyed once `running_` is 0.
    work = nullptr;
    const std::lock_guard lock(mutex_);
    counted_.add(counters);
    if (failure) {
        failure_ = failure;
        failed_.notify();
    }
    --running_;
    ended_.notify_all();
}

void ThreadGroup::wait() {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return running_ == 0; });
}

void ThreadGroup::add_up(Counters& counters) const {
    counters.add(counted_);
    if (failure_) std::rethrow_exception(failure_);
}

}  // namespace iomux::server
