#pragma once

#include <chrono>
#include <cstddef>
#include <system_error>

namespace iomux::compare {

/// A peer answers each message after a millisecond. The program waits for the answer with poll(2) and then receives
/// it. Counts how often the thread sleeps in each of the two calls (voluntary context switches, getrusage(2)).
struct ExchangeSleeps {
    std::size_t messages;
    std::size_t in_poll;
    std::size_t in_receive;
};
ExchangeSleeps probe_exchange(std::size_t messages);

/// The cost of waiting for data that never arrive.
struct EmptyWait {
    std::chrono::nanoseconds passed;
    std::chrono::nanoseconds cpu;
    std::size_t sleeps;
    std::size_t calls;
    std::error_code answer;  ///< The error of the last call.

    double cpu_share() const { return std::chrono::duration<double>(cpu) / std::chrono::duration<double>(passed); }
};
/// With one blocking call, until the socket's timeout.
EmptyWait wait_by_blocking(std::chrono::milliseconds time);
/// With repeated non-blocking calls.
EmptyWait wait_by_polling(std::chrono::milliseconds time);

/// Where select(2) spends its time, and what remains in its sets.
struct SelectWork {
    std::size_t watched;
    std::size_t left;     ///< Descriptors in the set after a wait that finds one ready.
    double kernel_share;  ///< The kernel's share of the CPU time for waiting and for filling the sets.
};
/// Throws std::runtime_error if this many descriptors do not fit into an fd_set.
SelectWork probe_select_work(std::size_t watched, std::chrono::milliseconds cpu);

}  // namespace iomux::compare
