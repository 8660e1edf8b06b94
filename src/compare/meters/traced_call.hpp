#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "compare/meters/tracing.hpp"
#include "posix/clock.hpp"

namespace iomux::compare {

/// The stages of a server's code, and what belongs to none of them: threads, memory, time.
enum class Stage { listen, wait, accept, read, write, close, other };
/// `listen`, `wait` …
std::string_view name_of(Stage stage);

/// A system call that has returned, as ptrace(2) has seen it.
struct TracedCall {
    std::string name;
    Stage stage = Stage::other;
    std::string detail;  ///< For people: the descriptor, and how much was asked for. `fd 7 (socket), 64 bytes`
    posix::Clock::time_point entered;
    posix::Clock::time_point returned;
    long result = 0;         ///< -1 where it has failed.
    int error = 0;           ///< Its errno, or 0.
    std::size_t thread = 0;  ///< In the order in which they have made their first call.

    /// Whether something was there for it, or was done: it is none that has only looked.
    bool found_something() const;
};

/// What a call is about, before it is made. `descriptor` is the kind of its first argument, where that is one:
/// `socket`, `eventpoll`, `eventfd`, `file`; else it is empty.
Stage stage_of(std::string_view name, const CallEntry& entry, std::string_view descriptor);
std::string detail_of(std::string_view name, const CallEntry& entry, std::string_view descriptor);

/// Whether the call's first argument is a descriptor.
bool takes_descriptor(std::string_view name);

/// `EAGAIN`
std::string error_name(int number);

}  // namespace iomux::compare
