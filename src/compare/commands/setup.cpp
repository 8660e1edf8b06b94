#include "compare/commands/setup.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "cli/nearest.hpp"
#include "cli/output.hpp"
#include "cli/printable.hpp"
#include "cli/program.hpp"
#include "cli/values.hpp"
#include "compare/meters/machine_check.hpp"
#include "compare/results/environment.hpp"
#include "compare/servers/programs.hpp"
#include "posix/limits.hpp"

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

void warn_of_missing_servers(std::span<const ServerList> server_lists) {
    std::set<std::string_view> printed;
    for (const ServerList& server_list : server_lists)
        for (const std::string& why : server_list.missing)
            if (printed.insert(why).second)
                cli::print_error(fmt::format("{}: warning: {}\n", program_name, cli::well_formed_line(why)));
}

void check_baseline(std::span<const ServerList> server_lists, std::string_view baseline) {
    if (baseline.empty()) return;
    std::vector<std::string> titles;
    std::string meant;
    for (const ServerList& server_list : server_lists)
        for (const ServerSpec& spec : server_list.specs) {
            if (std::ranges::find(titles, spec.title()) == titles.end()) titles.push_back(spec.title());
            if (meant.empty() && spec.full_name() == baseline) meant = spec.title();
        }
    if (std::ranges::find(titles, baseline) != titles.end()) return;
    if (!meant.empty())
        throw cli::UsageError(
            fmt::format("--baseline {}: the table names this server \"{}\"", cli::excerpt(baseline), meant));
    const std::vector<std::string_view> compared(titles.begin(), titles.end());
    throw cli::UsageError(
        fmt::format("--baseline {}: {}", cli::shown_value(baseline), cli::not_one_of(baseline, compared)));
}

void warn_of_shared_cores(const Cores& cores, std::size_t load_threads) {
    if (cores.are_apart() && cores.load.size() < load_threads)
        cli::print_error(fmt::format(
            "{}: warning: the load generator's {} threads share {} core{}, because there are no others: {}\n",
            program_name, load_threads, cores.load.size(), cores.load.size() == 1 ? "" : "s", cores.text()));
}

std::vector<int> measured_cores(const Cores& cores) {
    if (!cores.are_apart()) return posix::allowed_cores();
    std::vector<int> all = cores.server;
    all.insert(all.end(), cores.load.begin(), cores.load.end());
    std::ranges::sort(all);
    return all;
}

boost::json::object check_environment(std::vector<int> cores, const boost::json::object& earlier) {
    boost::json::object checked = environment(worse_of(check_machine(std::move(cores)), earlier));
    if (const std::string warning = warning_on(checked); !warning.empty())
        cli::print_error(fmt::format("{}: warning: {}\n", program_name, warning));
    return checked;
}

Results begin_results(const Plan& plan, bool quick, std::vector<int> cores) {
    return {.created = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr))),
            .environment = check_environment(std::move(cores)),
            .plan = plan,
            .quick = quick};
}

bool all_measured(const Results& results) {
    if (!any_row(results, [](const ServerResult& row) { return !is_skipped(row); }))
        throw std::runtime_error("every server was skipped; the table says why");
    return !any_row(results, has_failed);
}

}  // namespace iomux::compare
