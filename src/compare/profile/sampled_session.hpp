#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "compare/measure/session.hpp"
#include "compare/profile/kernel_symbols.hpp"
#include "compare/profile/part.hpp"
#include "compare/profile/sampler.hpp"

namespace iomux::compare {

/// A number of samples by part, and by the function that decides the part.
using SampleCounts = std::map<Part, std::map<std::string, std::size_t>>;

/// A function in the stacks of many samples.
struct StackFrame {
    std::string name;  ///< For people, see Frame::text.
    Frame::In in = Frame::In::nowhere;

    bool operator==(const StackFrame&) const = default;
    bool operator<(const StackFrame& other) const { return in != other.in ? in < other.in : name < other.name; }
};

/// The stack of a sample, the outermost function first. A function that the program has from a library's headers is in
/// the library. Functions without a symbol that call each other are one frame.
std::vector<StackFrame> from_outermost(std::span<const Frame> stack);

/// A number of samples by stack.
using StackCounts = std::map<std::vector<StackFrame>, std::size_t>;

/// A number of samples by function, and by the line of this project's sources that it was in.
using LineCounts = std::map<StackFrame, std::map<SourceLine, std::size_t>>;

/// Counts the lines of all functions of a sample.
void count_lines(std::span<const Frame> stack, LineCounts& lines);

/// A number of samples by line of this project's sources, in any function.
using SourceLineCounts = std::map<SourceLine, std::size_t>;

/// Counts each line of a sample once: those that are executed, and those that call them.
void count_source_lines(std::span<const Frame> stack, SourceLineCounts& lines);

/// The samples of one server in one session.
struct SessionProfile {
    double messages = 0;
    std::chrono::nanoseconds cpu{0};  ///< What the meter counted for these messages.
    SampleCounts samples;
    StackCounts stacks = {};
    LineCounts lines = {};
    SourceLineCounts source_lines = {};
    /// ln(CPU time per message with sampling ÷ without): what the sampling costs the server. Nothing if it is unknown.
    std::optional<double> sampling_cost = {};

    std::size_t count() const;
    std::size_t count(const Part& part) const;
    /// Microseconds per message: by the samples, and by the meter.
    double us_of(std::size_t samples) const;
    double metered_us() const;
};

/// What a session of samples shows of one server.
struct ProfileShare {
    std::optional<SessionProfile> profile;
    std::optional<std::string> failed;  ///< Why there is none.
};

/// The samples that the kernel could not take.
struct MissedSamples {
    std::uint64_t lost = 0;
    std::uint64_t throttled = 0;
};

/// Where the servers may run: on the server's cores and, if one is attached, on those of its threads.
std::vector<int> sampled_cores(std::span<const ServerSpec> specs, const TestSetup& setup);

/// In one of so many cycles the servers are not sampled, to show what the sampling costs them.
inline constexpr std::size_t cycles_per_pause = 4;

/// Runs a session (see run_session), and samples the servers meanwhile, except in the last of every `cycles_per_pause`
/// cycles. Only samples within the slices of a server's turns count, as only their messages do. Returns a share for
/// each of the specs.
std::vector<ProfileShare> profile_session(std::span<const ServerSpec> specs, const TestSetup& setup,
                                          const SessionPlan& plan, const KernelSymbols& kernel, MissedSamples& missed);

}  // namespace iomux::compare
