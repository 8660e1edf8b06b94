#include "compare/comparison/comparison.hpp"

#include <algorithm>
#include <exception>

#include "cli/error_text.hpp"
#include "compare/comparison/sessions.hpp"
#include "compare/comparison/windows.hpp"
#include "compare/measure/session.hpp"
#include "compare/measure/test_setup.hpp"
#include "compare/process/wait.hpp"
#include "compare/servers/server_process.hpp"

namespace iomux::compare {
namespace {

std::optional<std::string> reason_to_skip(const ServerSpec& spec, const Work& work) {
    if (std::optional<std::string> why = spec.reason_to_skip(work)) return why;
    if (std::optional<std::string> lack = lack_for_connections(work)) return lack;
    const std::optional<std::string> lack = lack_of_threads(threads_needed(spec, work));
    return lack ? std::optional("needs " + *lack) : std::nullopt;
}

void measure_memory(ServerResult& row, const TestSetup& setup) try {
    const ServerProcess server(row.spec, setup.work, setup.cores.server);
    try {
        row.idle_memory = measure_idle_memory(server, row.spec.idle_connections(setup.work));
    } catch (const std::exception& error) {
        row.idle_unknown = cli::error_text(error);
    }
} catch (const std::exception& error) {
    row.failed = cli::error_text(error);
}

void count_calls(ServerResult& row, const SystemCallMeter& meter, const TestSetup& setup) try {
    row.system_calls = meter.count(row.spec, setup);
} catch (const std::exception& error) {
    row.system_calls_unknown = cli::error_text(error);
}

void measure(Comparison& comparison, const TestSetup& setup, const Plan& plan, Progress& progress) {
    std::vector<ServerResult>& rows = comparison.rows;
    const auto time_left = [&] {
        return plan.sessions ? time_in_sessions(plan) : longest_time_in_windows(rows, setup, plan);
    };
    for (ServerResult& row : rows) {
        if (!still_measured(row) || setup.work.idle_memory == 0) continue;
        progress.show(row.spec.title(), "memory", time_left());
        measure_memory(row, setup);
    }
    if (setup.system_calls) {
        const SystemCallMeter meter;
        for (ServerResult& row : rows) {
            if (!still_measured(row)) continue;
            progress.show(row.spec.title(), "system calls", time_left());
            count_calls(row, meter, setup);
            progress.calls_counted(row);
        }
    }
    if (std::ranges::none_of(rows, still_measured)) return;
    if (plan.sessions) {
        const std::optional<std::string> why_not = compare_in_sessions(comparison, setup, plan, progress);
        if (!why_not) return;
        comparison.why_windows = *why_not;
    }
    compare_in_windows(rows, setup, plan, progress);
}

}  // namespace

Comparison compare(const std::vector<ServerSpec>& specs, const TestSetup& setup, const Plan& plan, Progress& progress) {
    Comparison comparison;
    for (const ServerSpec& spec : specs)
        comparison.rows.push_back({.spec = spec, .skipped = reason_to_skip(spec, setup.work)});
    try {
        measure(comparison, setup, plan, progress);
    } catch (const Interrupted&) {
        comparison.interrupted = true;
    }
    return comparison;
}

}  // namespace iomux::compare
