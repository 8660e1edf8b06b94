#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>

#include "compare/meters/meters.hpp"
#include "compare/process/cores.hpp"
#include "compare/servers/server_counters.hpp"
#include "compare/servers/server_process.hpp"
#include "compare/servers/server_spec.hpp"

namespace iomux::compare {

/// One server under the load once.
struct Round {
    double messages = 0;
    double messages_per_second = 0;
    /// Microseconds; nothing where nothing is answered (service discard).
    std::optional<double> p50, p99, p99_9, mean;
    /// Rate × mean latency, as a share of the messages that were on their way all the time: by Little's law 1.
    std::optional<double> in_flight_ratio;
    /// Of the requests that were due, those that were not sent within the window; nothing of a closed loop.
    std::optional<double> unsent_share;
    std::optional<std::uint64_t> sent_in_all;  ///< Bytes of the generator, before and after the window too.
    std::size_t starved = 0;                   ///< Of the clients: never answered.
    double load_cpu_share = 0;                 ///< Of the generator's core: 1 is all of it.
    std::chrono::nanoseconds window{0};        ///< Between the two looks at the server.
    std::chrono::nanoseconds process_cpu{0};   ///< What the server's processes took in it.
    /// So much of it in its own code, and in the kernel, as the ticks within it tell; nothing where none has found it
    /// at work.
    std::optional<TimeSpent> spent;
    ContextSwitches switches;                      ///< Of its threads, but for those that ended in it.
    std::optional<InterruptTime> core_interrupts;  ///< What its cores spent on interrupts in it.
    std::chrono::nanoseconds server_cpu{0};        ///< What is charged to the server: see `interrupts_are_apart`.
    boost::json::object load;                      ///< All that the generator said.
    std::optional<ServerCounters> counters;        ///< Nothing of a server that reports none.

    double cpu_us_a_message() const;
    double server_cpu_share() const;
    double context_switches_a_message() const;
    /// Microseconds. The first two share the time of the server's processes; the third is of all that its cores did in
    /// soft interrupts, in ticks, whether they are charged to it or not.
    std::optional<double> user_us_a_message() const;
    std::optional<double> system_us_a_message() const;
    std::optional<double> core_softirq_us_a_message() const;
    /// As the server has counted over its whole run.
    std::optional<double> events_a_wait() const;
};

/// What has come of a round since its window began.
struct Sample {
    double seconds = 0;
    double messages = 0;
    std::optional<double> p50, p99;           ///< Microseconds.
    std::chrono::nanoseconds process_cpu{0};  ///< Of the server's processes.
};

/// What all rounds have in common.
struct TestSetup {
    std::filesystem::path load_program;
    Work work;
    Cores cores;
    bool interrupts_apart = false;
    bool system_calls = false;  ///< Whether they are counted, apart from the rounds.
    /// Told within a round ten times a second; nothing: the load is not asked.
    std::function<void(const Sample&)> passes = {};

    /// Where the load shares the server's cores, nobody can tell whose interrupts they are.
    bool charges_interrupts() const { return interrupts_apart && cores.are_apart(); }
};

/// What else is done at the beginning and at the end of the window, while the server and the load go on.
struct AtWindow {
    std::function<void()> begins = [] {};
    std::function<void()> ends = [] {};
};

/// Puts a server that listens under the load once. Throws std::runtime_error with what went wrong, for people.
Round run_round(const ServerProcess& server, const TestSetup& setup, const AtWindow& at_window = {});

/// Starts the server and the load, and ends both. Throws std::runtime_error with what went wrong, for people.
Round run_round(const ServerSpec& spec, const TestSetup& setup);

}  // namespace iomux::compare
