#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <filesystem>
#include <optional>

#include "compare/contestant.hpp"
#include "compare/cores.hpp"
#include "compare/meters.hpp"

namespace iomux::compare {

/// One server under the load once.
struct Round {
    double messages = 0;
    double messages_per_second = 0;
    /// Microseconds; nothing where nothing is answered (service discard).
    std::optional<double> p50, p99, p99_9;
    std::size_t starved = 0;                       ///< Of the clients: never answered.
    double load_cpu_share = 0;                     ///< Of the generator's core: 1 is all of it.
    std::chrono::nanoseconds window{0};            ///< Between the two looks at the server.
    std::chrono::nanoseconds process_cpu{0};       ///< What the server's processes took in it.
    std::optional<InterruptTime> core_interrupts;  ///< What its cores spent on interrupts in it.
    std::chrono::nanoseconds server_cpu{0};        ///< What is charged to the server: see `interrupts_are_apart`.
    boost::json::object load;                      ///< All that the generator said.

    double cpu_us_a_message() const;
    double server_cpu_share() const;
};

/// What all rounds have in common.
struct Bench {
    std::filesystem::path load_program;
    Work work;
    Cores cores;
    bool interrupts_apart = false;

    /// Where the load shares the server's cores, nobody can tell whose interrupts they are.
    bool charges_interrupts() const { return interrupts_apart && cores.are_apart(); }
};

/// Starts the server and the load, and ends both. Throws std::runtime_error with what went wrong, for people.
Round run_round(const Contestant& contestant, const Bench& bench);

}  // namespace iomux::compare
