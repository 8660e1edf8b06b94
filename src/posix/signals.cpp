#include "posix/signals.hpp"

#include <unistd.h>

#include <atomic>

#include "posix/error.hpp"

namespace iomux::posix {
namespace {

using Action = void (*)();

std::atomic<Action> pending_action{nullptr};
std::atomic<Action> last_action{nullptr};
std::atomic<bool> has_come{false};
static_assert(std::atomic<Action>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

void handle(int signal) {
    has_come = true;
    if (const Action action = pending_action.exchange(nullptr)) return action();
    last_action.load()();
    ::_exit(128 + signal);
}

void set_handler(int signal, void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    check(::sigaction(signal, &action, nullptr), "cannot handle a signal");
}

bool is_ignored(int signal) {
    struct sigaction action {};
    check(::sigaction(signal, nullptr, &action), "cannot read how a signal is handled");
    return action.sa_handler == SIG_IGN;
}

}  // namespace

StopSignals::StopSignals(Action on_first, Action on_second, std::initializer_list<int> signals) {
    has_come = false;
    pending_action = on_first;
    last_action = on_second;
    for (const int signal : signals) {
        if (signal == SIGHUP && is_ignored(signal)) continue;
        set_handler(signal, handle);
        handled_.push_back(signal);
    }
}

StopSignals::~StopSignals() {
    for (const int signal : handled_) set_handler(signal, SIG_DFL);
}

bool StopSignals::received() { return has_come; }

}  // namespace iomux::posix
