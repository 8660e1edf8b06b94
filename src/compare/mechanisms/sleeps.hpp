#pragma once

#include <chrono>
#include <cstddef>
#include <system_error>

namespace iomux::compare {

/// A peer answers each of our messages a millisecond later, and we wait for the answer and then receive it: how often
/// the thread slept (a voluntary context switch, getrusage(2)) in one call and in the other.
struct ExchangeSleeps {
    std::size_t messages;
    std::size_t in_poll;
    std::size_t in_receive;
};
ExchangeSleeps probe_exchange(std::size_t messages);

/// What a thread spends on waiting for data that do not come.
struct FruitlessWait {
    std::chrono::nanoseconds passed;
    std::chrono::nanoseconds cpu;
    std::size_t sleeps;
    std::size_t calls;
    std::error_code answer;  ///< Of the last call.

    double cpu_share() const { return std::chrono::duration<double>(cpu) / std::chrono::duration<double>(passed); }
};
/// By one call that blocks, until the socket's timeout.
FruitlessWait wait_by_blocking(std::chrono::milliseconds time);
/// By asking again and again whether the data are there, without blocking.
FruitlessWait wait_by_asking(std::chrono::milliseconds time);

/// Where select(2) does its work, and what it leaves of its sets.
struct SelectWork {
    std::size_t watched;
    std::size_t left;     ///< Of those in the set, after a wait that finds one ready.
    double kernel_share;  ///< Of the processor time of such waits and of filling their sets.
};
/// Throws std::runtime_error where so many descriptors do not fit into an fd_set.
SelectWork probe_select_work(std::size_t watched, std::chrono::milliseconds cpu);

}  // namespace iomux::compare
