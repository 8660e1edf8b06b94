#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compare/measure/progress.hpp"
#include "compare/measure/server_result.hpp"

namespace iomux::compare {

/// How many sessions, and how long their slices are.
struct SessionLimits {
    std::size_t least = 8;
    std::size_t most = 24;
    std::size_t cycles = 10;  ///< In each, every server has one slice of 20 ms; fewer if the slices are longer.
    /// Nothing: as long as it takes for every connection to send some messages, at least 20 ms.
    std::optional<std::chrono::nanoseconds> slice = {};
    /// If this is too short for that, windows are used. In longer slices the servers are not compared at the same time,
    /// and a session takes minutes.
    std::chrono::nanoseconds longest_slice = std::chrono::milliseconds(100);
    /// How long a server that is not of this project is warmed up. Nothing: until its cost settles.
    std::optional<std::chrono::nanoseconds> warmup = {};
};

/// When a comparison ends, in which order it measures the servers, and which of them is the baseline.
struct Plan {
    std::optional<SessionLimits> sessions = {};  ///< Nothing: measure in windows, one for each round and server.
    std::size_t least_rounds = 10;               ///< Of windows.
    std::size_t most_rounds = 10;
    /// After the minimum: end when the confidence interval of every ratio to the baseline is at most this wide on
    /// either side, as a share of the ratio (0.02: ±2 %).
    std::optional<double> precision = {};
    /// After the minimum: end when the next round or session is not expected to finish within this time since the
    /// beginning. Nothing: `default_session_budget` for sessions, none for rounds.
    std::optional<std::chrono::nanoseconds> budget = {};
    std::uint32_t seed = 0;  ///< For the order of the servers.
    std::string baseline;    ///< The title of the server that all others are compared with; empty: minimal.
};

inline constexpr std::chrono::seconds default_session_budget{65};
inline constexpr std::chrono::seconds default_precision_budget{120};  ///< If a precision is wanted.
/// If a comparison ends as soon as it is precise, this many sessions are needed: with fewer, it would end when the
/// intervals are narrow by chance.
inline constexpr std::size_t least_sessions_for_precision = 10;

/// Why this server cannot be measured under this load on this machine; nothing if it can.
std::optional<std::string> reason_to_skip(const ServerSpec& spec, const Work& work);

/// What a comparison has measured.
struct Comparison {
    std::vector<ServerResult> rows;
    std::optional<std::chrono::nanoseconds> slice = {};  ///< The length of the slices; nothing if it used windows.
    std::string why_windows = {};  ///< Why it used windows although sessions were wanted, as a clause.
    bool interrupted = false;      ///< The rows have what was complete before the interruption.
};

/// Measures memory and system calls of each server, then its CPU time:
/// - in sessions, see session.hpp; the comparison starts with a rehearsal, which decides the length of a slice;
/// - or, if the plan has none or the work does not allow them, in rounds. In each round every server is started and
///   measured once, in a random order.
///
/// So if the machine becomes faster or slower meanwhile, all servers are affected alike. A server that fails is not
/// measured any more; the others are.
Comparison compare(const std::vector<ServerSpec>& specs, const TestSetup& setup, const Plan& plan, Progress& progress);

/// The same in steps, so that several comparisons can take turns. Each throws Interrupted.
class ComparisonInSteps {
public:
    /// The progress must outlive it.
    ComparisonInSteps(const std::vector<ServerSpec>& specs, TestSetup setup, Plan plan, Progress& progress);
    /// Adds sessions to a comparison that was measured in sessions. The plan counts those that it has, and its budget
    /// is for the new ones. Memory and system calls are not measured again. Before it begins, the progress receives the
    /// last session so far.
    ComparisonInSteps(Comparison so_far, TestSetup setup, Plan plan, Progress& progress);
    ~ComparisonInSteps();

    /// Measures memory and system calls, and rehearses; in windows it measures everything. Throws std::runtime_error if
    /// a comparison cannot be continued.
    void begin();
    bool needs_another_session() const;
    void measure_another_session();
    /// The most time that this takes from now on.
    std::chrono::seconds time_left() const;
    const Comparison& so_far() const;  ///< What has been measured.
    /// What has been measured so far; the object is not used any more.
    Comparison take();

private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace iomux::compare
