#include "posix/signals.hpp"

#include <unistd.h>

#include <atomic>
#include <csignal>

#include "posix/error.hpp"

namespace iomux::posix {
namespace {

std::atomic<void (*)()> pending_action{nullptr};
static_assert(std::atomic<void (*)()>::is_always_lock_free);

void handle(int signal) {
    if (void (*action)() = pending_action.exchange(nullptr))
        action();
    else
        ::_exit(128 + signal);
}

void set_handler(void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    for (const int signal : {SIGTERM, SIGINT}) check(::sigaction(signal, &action, nullptr), "cannot handle a signal");
}

}  // namespace

StopSignals::StopSignals(void (*on_first)()) {
    pending_action = on_first;
    set_handler(handle);
}

StopSignals::~StopSignals() { set_handler(SIG_DFL); }

}  // namespace iomux::posix
