#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "compare/meters/tracing.hpp"
#include "posix/clock.hpp"

namespace iomux::compare {

/// The stages of a server's code. `other` is for calls that belong to no stage: threads, memory, time.
enum class Stage { listen, wait, accept, read, write, watch, close, other };
/// `listen`, `wait` …
std::string_view name_of(Stage stage);

/// A completed system call, as ptrace(2) saw it.
struct TracedCall {
    std::string name;
    Stage stage = Stage::other;
    std::string detail;  ///< For people: the descriptor and the requested amount, such as `fd 7 (socket), 64 bytes`.
    posix::Clock::time_point entered;
    posix::Clock::time_point returned;
    long result = 0;         ///< -1 if the call failed.
    int error = 0;           ///< The errno of a failed call, or 0.
    std::size_t thread = 0;  ///< Threads are numbered in the order of their first call.
    /// How often the thread slept in the call. Nothing if the kernel did not say.
    std::optional<std::uint64_t> sleeps = {};

    /// Whether the call found or did something, instead of only checking.
    bool found_something() const;
};

/// Classify and describe a call at its entry. `descriptor` is the kind of its first argument if that is a descriptor:
/// `socket`, `eventpoll`, `eventfd`, `file`; otherwise empty.
Stage stage_of(std::string_view name, const CallEntry& entry, std::string_view descriptor);
std::string detail_of(std::string_view name, const CallEntry& entry, std::string_view descriptor);

/// Whether the call's first argument is a descriptor.
bool takes_descriptor(std::string_view name);

/// `EAGAIN`
std::string error_name(int number);

}  // namespace iomux::compare
