#include "compare/commands/setup.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <stdexcept>

#include "cli/program.hpp"
#include "compare/results/environment.hpp"
#include "compare/servers/programs.hpp"

namespace iomux::compare {
namespace {

bool is_skipped(const ServerResult& row) { return row.skipped.has_value(); }
bool has_failed(const ServerResult& row) { return row.failed.has_value(); }

template <class Predicate>
bool any_row(const Results& results, Predicate holds) {
    return std::ranges::any_of(results.experiments, [&](const Experiment& experiment) {
        return std::ranges::any_of(experiment.points,
                                   [&](const Point& point) { return std::ranges::any_of(point.rows, holds); });
    });
}

}  // namespace

void check_baseline(std::span<const ServerList> rosters, std::string_view baseline) {
    const auto has_it = [&](const ServerList& server_list) {
        return std::ranges::find(server_list.specs, baseline, &ServerSpec::title) != server_list.specs.end();
    };
    if (!baseline.empty() && std::ranges::none_of(rosters, has_it))
        throw cli::UsageError(fmt::format("--baseline {}: it is not among those that are compared", baseline));
}

void warn_of_shared_cores(const Cores& cores, std::size_t load_threads) {
    if (cores.are_apart() && cores.load.size() < load_threads)
        fmt::print(stderr,
                   "{}: the load's {} threads share {} core{}, for there is no "
                   "other: {}\n",
                   program_name, load_threads, cores.load.size(), cores.load.size() == 1 ? "" : "s", cores.text());
}

Results begin_results(const Plan& plan, bool quick) {
    return {.created = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr))),
            .environment = environment(),
            .plan = plan,
            .quick = quick};
}

bool all_measured(const Results& results) {
    if (!any_row(results, [](const ServerResult& row) { return !is_skipped(row); }))
        throw std::runtime_error("every server was skipped");
    return !any_row(results, has_failed);
}

}  // namespace iomux::compare
