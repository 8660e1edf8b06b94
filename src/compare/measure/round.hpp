#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "compare/meters/meters.hpp"
#include "compare/process/cores.hpp"
#include "compare/servers/server_counters.hpp"
#include "compare/servers/server_process.hpp"
#include "compare/servers/server_spec.hpp"

namespace iomux::compare {

/// The result of one server under load once: a window, or all slices of a session added up (see session.hpp).
struct Round {
    double messages = 0;
    double messages_per_second = 0;
    /// Microseconds; nothing if the server sends no answers (service discard). A percentile may be of few messages: see
    /// `Medians`.
    std::optional<double> p50, p99, p99_9, mean;
    /// Rate × mean latency, divided by the number of messages in flight. By Little's law it is 1.
    std::optional<double> in_flight_ratio;
    /// The share of scheduled messages that were not sent within the window; nothing for a closed loop.
    std::optional<double> unsent_share;
    std::optional<std::uint64_t> sent_in_all;  ///< Bytes sent by the generator in its whole run.
    std::size_t starved = 0;                   ///< Clients that were never answered.
    double load_cpu_share = 0;                 ///< The share of the generator's core; 1: all of it.
    std::chrono::nanoseconds window{0};        ///< The time between the two snapshots of the server.
    std::chrono::nanoseconds process_cpu{0};   ///< CPU time of the server's processes in the window.
    /// process_cpu split into user and system time, in the ratio of the ticks; nothing if no tick found the server
    /// running.
    std::optional<TimeSpent> spent;
    ContextSwitches switches;                      ///< Of all threads that existed at the end of the window.
    std::optional<InterruptTime> core_interrupts;  ///< Time that the server's cores spent in interrupts.
    std::chrono::nanoseconds server_cpu{0};        ///< The CPU time charged to the server: see `interrupts_are_apart`.
    boost::json::object load;                      ///< The complete report of the generator.
    std::optional<ServerCounters> counters;        ///< Nothing if the server reports no counters.
    /// Of a session: the CPU time per message in each cycle, in microseconds; nothing for a cycle without messages.
    /// Empty: this is a window.
    std::vector<std::optional<double>> slices = {};

    /// Of a window: CPU time divided by messages. Of a session: the mean over its slices as `session_estimate` takes
    /// it, so that it agrees with the ratio.
    double cpu_us_per_message() const;
    double server_cpu_share() const;
    double context_switches_per_message() const;
    /// Microseconds per message. The first two split the CPU time of the server's processes. The third covers all soft
    /// interrupts on the server's cores, measured in ticks, whether they are charged to the server or not.
    std::optional<double> user_us_per_message() const;
    std::optional<double> system_us_per_message() const;
    std::optional<double> core_softirq_us_per_message() const;
    /// From the server's own counters over its whole run.
    std::optional<double> events_per_wait() const;
};

/// Intermediate results of a round since the beginning of its window.
struct Sample {
    double seconds = 0;
    double messages = 0;
    std::optional<double> p50, p99;           ///< Microseconds.
    std::chrono::nanoseconds process_cpu{0};  ///< CPU time of the server's processes.
};

/// Splits CPU time, which is precise to nanoseconds, into user and system time, in the ratio of the ticks. Nothing if
/// no tick found the server running.
std::optional<TimeSpent> split_by_ticks(std::chrono::nanoseconds cpu, const TimeSpent& ticks);

/// The configuration that all rounds have in common.
struct TestSetup {
    std::filesystem::path load_program;
    Work work;
    Cores cores;
    bool interrupts_apart = false;
    bool system_calls = false;  ///< Whether to count them, apart from the rounds.
    /// The load stands still while the server's meters are read at the beginning of the window. This makes counts exact
    /// and latencies longer.
    bool holds_window = false;
    /// Called ten times a second during a round. Empty: the load generator sends no samples.
    std::function<void(const Sample&)> passes = {};

    /// If the load generator shares the server's cores, interrupts cannot be attributed to the server.
    bool charges_interrupts() const { return interrupts_apart && cores.are_apart(); }
};

/// Throws std::runtime_error: a server whose CPU time did not grow with its messages is not the one that is measured.
[[noreturn]] void throw_no_cpu_time();

/// Callbacks at the beginning and at the end of the window, while the server and the load are running.
struct AtWindow {
    std::function<void()> begins = [] {};
    std::function<void()> ends = [] {};
};

/// Puts a listening server under load once. Throws std::runtime_error with a reason for people.
Round run_round(const ServerProcess& server, const TestSetup& setup, const AtWindow& at_window = {});

/// Starts the server, puts it under load once, and ends both. Throws std::runtime_error with a reason for people.
Round run_round(const ServerSpec& spec, const TestSetup& setup);

}  // namespace iomux::compare
