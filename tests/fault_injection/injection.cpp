#include "injection.hpp"

#include <atomic>
#include <string_view>
#include <system_error>

namespace iomux::faults {
namespace {

constexpr int none = -1;

std::atomic<int> awaited{none};
std::atomic<int> calls_left{0};
std::atomic<int> error{0};
thread_local bool is_spared = false;

std::string_view name_of(Call call) {
    switch (call) {
        case Call::accept: return "accept";
        case Call::receive: return "receive";
        case Call::send: return "send";
        case Call::wait: return "wait";
        case Call::watch: return "epoll_ctl";
        case Call::thread: return "pthread_create";
        case Call::allocation: return "allocation";
    }
    return "?";
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Fault& fault) {
    out << name_of(fault.call) << ": ";
    if (fault.call == Call::allocation) return out << "bad_alloc";
    if (fault.error == Fault::one_byte) return out << "one byte";
    return out << std::system_category().message(fault.error);
}

Injection::Injection(const Fault& fault, int nth) {
    is_spared = true;
    error = fault.error;
    calls_left = nth;
    awaited = static_cast<int>(fault.call);
}

Injection::~Injection() {
    awaited = none;
    is_spared = false;
}

bool Injection::reached() const { return calls_left <= 0; }

bool is_to_fail(Call call) noexcept {
    if (awaited.load(std::memory_order_acquire) != static_cast<int>(call) || is_spared) return false;
    return calls_left.fetch_sub(1) == 1;
}

int injected_error() noexcept { return error; }

}  // namespace iomux::faults
