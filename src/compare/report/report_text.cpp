#include "compare/report/report_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <functional>

#include "compare/comparison/ranking_text.hpp"
#include "compare/report/brief_text.hpp"
#include "compare/report/claims_text.hpp"
#include "compare/report/meters_report.hpp"
#include "compare/report/monitor_text.hpp"
#include "compare/report/scenario_report.hpp"
#include "compare/report/warnings_text.hpp"
#include "compare/results/environment.hpp"

namespace iomux::compare {
namespace {

std::string figure(std::optional<double> value, int decimals) { return value ? grouped(*value, decimals) : "-"; }

std::string ratio(const ServerResult& row, const std::optional<Ratio>& ratio, const Point& point) {
    if (!ratio) return "-";
    return &row == point.baseline() ? "1" : with_interval(ratio->value, ratio->interval);
}

std::string verdict(const Medians& medians) { return medians.ratio ? cost_word(*medians.ratio) : "-"; }

std::string latency_text(std::optional<double> microseconds) { return microseconds ? grouped(*microseconds) : "-"; }

// Columns that most tables do not need are left out unless they have values.
class Columns {
public:
    explicit Columns(const Point& point)
        : point_(point),
          memory_(point.work.idle_memory > 0),
          calls_(std::ranges::any_of(point.rows, [](const ServerResult& row) { return row.system_calls.has_value(); })),
          starved_(std::ranges::any_of(point.summary.servers, [](const ServerSummary& server) {
              return server.medians && server.medians->starved > 0;
          })) {}

    bool has_starved() const { return starved_; }

    std::vector<std::string> header() const {
        std::vector<std::string> cells{"server", "msgs/s",  "limit",  "CPU µs/msg",
                                       "ratio",  "verdict", "p50 µs", "p99 µs"};
        if (calls_) cells.push_back("calls/msg");
        if (memory_) cells.push_back("KiB/conn");
        if (starved_) cells.push_back("starved");
        return cells;
    }

    std::vector<std::string> cells_of(const ServerResult& row, const Medians& medians) const {
        const std::optional<Limit>& limit = point_.of(row).limit;
        std::vector<std::string> cells{row.spec.title(),
                                       grouped(medians.messages_per_second),
                                       std::string(limit ? name_of(*limit) : "-"),
                                       figure(medians.cpu_us_per_message, 2),
                                       ratio(row, medians.ratio, point_),
                                       verdict(medians),
                                       latency_text(medians.p50),
                                       latency_text(medians.p99)};
        if (calls_) cells.push_back(row.system_calls ? figure(row.system_calls->all_per_message, 2) : "-");
        if (memory_) cells.push_back(row.idle_memory ? figure(row.idle_memory->bytes / 1024, 2) : "-");
        if (starved_) cells.push_back(medians.starved == 0 ? "-" : std::to_string(medians.starved));
        return cells;
    }

private:
    const Point& point_;
    const bool memory_;
    const bool calls_;
    const bool starved_;
};

void add_to(std::string& list, std::string_view entry) {
    if (!list.empty()) list += ", ";
    list += entry;
}

// The titles of the rows for which the predicate holds.
template <class Predicate>
std::string titles_where(const std::vector<ServerResult>& rows, Predicate holds) {
    std::string titles;
    for (const ServerResult& row : rows)
        if (std::invoke(holds, row)) add_to(titles, row.spec.title());
    return titles;
}

// The titles of the rows for whose summaries the predicate holds; only those with medians count.
template <class Predicate>
std::string measured_titles_where(const Point& point, Predicate holds) {
    return titles_where(point.rows, [&](const ServerResult& row) {
        const ServerSummary& summary = point.of(row);
        return summary.medians && std::invoke(holds, summary);
    });
}

std::string on_ratio(const ServerResult& baseline) {
    return fmt::format(
        "CPU µs/msg: the server's CPU time per message. ratio: to that of {} [95 % confidence interval]. not told "
        "apart: the difference may be chance; the verdict, unlike the interval, is corrected for the number of rows.\n",
        baseline.spec.title());
}

std::string on_verdicts() {
    return fmt::format(
        "Because only the verdict is corrected, the interval beside \"not told apart\" may exclude 1. If no server "
        "differed from the baseline, 1 table in 20 would name a difference. {}: not told apart, and the whole interval "
        "is within ±{:g} % of 1.\n",
        sameness_text(), 100 * sameness);
}

// Those that are explained elsewhere are left out.
constexpr std::string_view legend_of_columns =
    "msgs/s: messages per second. limit: the side that had no CPU time left (server, generator or both); nothing: each "
    "waited for the other.\n"
    "p50, p99: latencies that half and 99 % of the messages did not exceed, medians over the rounds or sessions; - if "
    "fewer than ten messages are slower.\n"
    "-: does not apply, not measured, or too short for the clock.\n";

// Why another server than the expected one is the baseline.
std::string on_baseline(const ServerResult& baseline, const Plan& plan, const Work& work) {
    if (baseline.spec.title() == plan.baseline) return "";
    if (!plan.baseline.empty())
        return fmt::format("{} is the baseline because {} did not complete every round.\n", baseline.spec.title(),
                           plan.baseline);
    if (is_minimal(baseline.spec)) return "";
    return fmt::format("{} is the baseline because minimal, the bare epoll loop, {}.\n", baseline.spec.title(),
                       work.is_chunk_echo() ? "was not measured" : "only echoes chunks");
}

std::string on_work(const Point& point, const Cores& cores) {
    return fmt::format("{}. Load: {}; {}.\n", repetitions_text(point), point.work.text(), cores.text());
}

// Nothing if it was measured as the command line asks.
std::string on_windows(const Point& point) {
    if (point.why_windows.empty()) return "";
    return fmt::format("Measured in windows, less precisely than in sessions, because {}.\n", point.why_windows);
}

std::string on_threads(const std::vector<ServerResult>& rows, const Cores& cores) {
    const std::string titles = titles_where(rows, [&](const ServerResult& row) {
        return is_complete(row) && !cores.server.empty() && row.spec.threads() > cores.server.size();
    });
    if (titles.empty()) return "";
    return fmt::format(
        "More threads than cores: {}. This shows the overhead of threads, not their speed-up (see --server-cores).\n",
        titles);
}

// What the load generator tells of a server's rest between its turns (see iomux-load --conduct).
bool was_paused(const Round& round) {
    const boost::json::value* paused = round.load.if_contains("paused");
    return paused != nullptr && *paused == true;
}
bool was_busy_between_turns(const Round& round) {
    constexpr double busy_share = 0.005;
    const boost::json::value* share = round.load.if_contains("cpu_share_between");
    return share != nullptr && share->is_number() && share->to_number<double>() > busy_share && !was_paused(round);
}

template <class Predicate>
std::string titles_where_any_round(const Point& point, Predicate holds) {
    return titles_where(point.rows, [&](const ServerResult& row) {
        return is_complete(row) &&
               std::ranges::any_of(row.rounds, [&](const auto& round) { return round && holds(*round); });
    });
}

std::string on_rest_between_turns(const Point& point) {
    std::string text;
    if (const std::string titles = titles_where_any_round(point, was_paused); !titles.empty())
        text =
            fmt::format("Stopped (SIGSTOP) between their turns, because they use CPU time without work: {}.\n", titles);
    if (const std::string titles = titles_where_any_round(point, was_busy_between_turns); !titles.empty())
        text += fmt::format("Warning: CPU time was used between the turns, and may disturb the turns of others: {}.\n",
                            titles);
    return text;
}

std::string on_warm_up(const std::vector<ServerResult>& rows) {
    std::string before_each, before_the_first, warnings;
    for (const ServerResult& row : rows) {
        if (!row.warmup || !is_complete(row)) continue;
        add_to(row.spec.origin == Origin::attached ? before_the_first : before_each,
               fmt::format("{} {:.3g} s", row.spec.title(), std::chrono::duration<double>(row.warmup->time).count()));
        if (const std::string why = unsettled_text(row); !why.empty())
            warnings += fmt::format("Warning: {} {}.\n", row.spec.title(), why);
    }
    std::string text;
    if (!before_each.empty()) text += fmt::format("Warm-up before each session: {}.\n", before_each);
    if (!before_the_first.empty()) text += fmt::format("Warm-up before the first session: {}.\n", before_the_first);
    return text + warnings;
}

std::string on_attached(const std::vector<ServerResult>& rows) {
    const std::string titles =
        titles_where(rows, [](const ServerResult& row) { return row.spec.origin == Origin::attached; });
    if (titles.empty()) return "";
    return fmt::format(
        "Attached, so not pinned to a core; interrupts on the cores are not charged to the server: {0}.\n"
        "Never restarted, so the interval is of this process alone: {0}.\n",
        titles);
}

std::string on_starved(const Columns& columns, const Point& point) {
    if (!columns.has_starved()) return "";
    return fmt::format(
        "starved: how many of the {} clients were never answered, in the {} with the most; the other figures of a row "
        "are of the clients that were.\n",
        grouped(point.work.connections + point.work.idle), point.slice ? "session" : "round");
}

std::string on_kernel_stacks(const std::vector<ServerResult>& rows) {
    std::string list;
    for (const ServerResult& row : rows) {
        if (!row.idle_memory || row.idle_memory->kernel_stack_bytes == 0) continue;
        const auto& bytes = row.idle_memory->kernel_stack_bytes;
        add_to(list, fmt::format("{} {}", row.spec.title(), bytes ? figure(*bytes / 1024, 2) : "unknown"));
    }
    return list.empty() ? "" : "Not in KiB/conn: the kernel stacks of the threads, per connection: " + list + ".\n";
}

std::string on_memory(const std::vector<ServerResult>& rows, const Work& work) {
    if (work.idle_memory == 0) return "";
    std::string text;
    for (const ServerResult& row : rows) {
        if (row.idle_memory && row.idle_memory->connections < work.idle_memory)
            text += fmt::format("{}: measured with {} connections, its maximum.\n", row.spec.title(),
                                grouped(row.idle_memory->connections));
        if (row.idle_unknown)
            text += fmt::format("{}: memory not measured: {}.\n", row.spec.title(), *row.idle_unknown);
    }
    return text + on_kernel_stacks(rows);
}

std::string legend_of_memory(const std::vector<ServerResult>& rows, const Work& work) {
    if (work.idle_memory == 0) return "";
    return fmt::format(
               "KiB/conn: memory of the server's processes per idle connection, without the kernel's socket; measured "
               "with {} connections. {}\n",
               grouped(work.idle_memory), memory_granularity) +
           on_sockets(rows);
}

std::string on_system_calls(const std::vector<ServerResult>& rows) {
    const auto counted_by = [](SystemCalls::Source source) {
        return [source](const ServerResult& row) { return row.system_calls && row.system_calls->source == source; };
    };
    const bool by_strace = std::ranges::any_of(rows, counted_by(SystemCalls::Source::strace));
    const bool by_kernel = std::ranges::any_of(rows, counted_by(SystemCalls::Source::tracepoints));
    std::string text;
    const auto is_unknown = [](const ServerResult& row) { return row.system_calls_unknown.has_value(); };
    const auto unknown = std::ranges::find_if(rows, is_unknown);
    if (unknown != rows.end()) {
        // If no server's calls are counted, all have the same reason: the machine.
        const std::string of_servers = by_strace || by_kernel ? " of " + titles_where(rows, is_unknown) : "";
        text = fmt::format("System calls{} are not counted: {}.\n", of_servers, *unknown->system_calls_unknown);
    }
    if (by_strace)
        return text + "calls/msg: counted with strace, which perturbs the result (no permission to use tracepoints).\n";
    return text;
}

std::string legend_of_calls(const std::vector<ServerResult>& rows) {
    const auto counted = [](const ServerResult& row) {
        return row.system_calls && row.system_calls->source == SystemCalls::Source::tracepoints;
    };
    return std::ranges::any_of(rows, counted) ? "calls/msg: system calls, counted by the kernel in a separate window.\n"
                                              : "";
}

std::string on_outliers(const Point& point) {
    std::string list;
    for (const ServerResult& row : point.rows)
        if (const auto& medians = point.of(row).medians; medians && medians->ratio && medians->ratio->outliers > 0)
            add_to(list, fmt::format("{} {}", row.spec.title(), medians->ratio->outliers));
    return list.empty() ? ""
                        : fmt::format("{} whose ratio is an outlier (they are included): {}.\n",
                                      point.slice ? "Sessions" : "Rounds", list);
}

std::string on_limits(const Point& point) {
    const std::string titles =
        measured_titles_where(point, [](const ServerSummary& summary) { return summary.limit == Limit::generator; });
    if (titles.empty()) return "";
    return fmt::format(
        "Warning: throughput and latency were limited by the load generator, not by the server: {}. CPU per message is "
        "still valid.\n",
        titles);
}

std::string on_littles_law(const Point& point) {
    const std::string titles =
        measured_titles_where(point, [](const ServerSummary& summary) { return !holds_littles_law(*summary.medians); });
    if (titles.empty()) return "";
    return fmt::format("Warning: {}: {}. {}\n", littles_law_fails, titles, causes_to_fail_littles_law);
}

std::string on_rate(const Point& point) {
    const std::string titles =
        measured_titles_where(point, [](const ServerSummary& summary) { return !keeps_the_rate(*summary.medians); });
    return titles.empty() ? "" : fmt::format("Warning: {}: {}.\n", rate_is_not_kept, titles);
}

std::string full_legend(const Point& point, const Experiment& experiment) {
    return on_verdicts() + std::string(legend_of_columns) + ranking_legend({&point, 1}, experiment.figures) +
           legend_of_calls(point.rows) + legend_of_memory(point.rows, point.work) + meters_legend(experiment) +
           on_outliers(point) + std::string(on_loopback);
}

// Those that have a column.
constexpr std::array shown_percentiles{Figure::p50, Figure::p99};

// Warnings, and what is special about some rows.
std::string notes_on(const Point& point, const Columns& columns, const Cores& cores) {
    return on_windows(point) + on_threads(point.rows, cores) + on_attached(point.rows) + on_warm_up(point.rows) +
           on_rest_between_turns(point) + on_starved(columns, point) + on_memory(point.rows, point.work) +
           on_system_calls(point.rows) + ratio_warnings({&point, 1}) + on_limits(point) + on_littles_law(point) +
           on_rate(point) + on_pooled_percentiles({&point, 1}, shown_percentiles) + on_counters(point) +
           on_lost_datagrams({&point, 1});
}

std::string table_report(const Experiment& experiment, const Plan& plan, const Terminal& terminal, Legend legend) {
    const Point& point = experiment.points.front();
    const Cores& cores = experiment.cores;
    const Columns columns(point);
    Table table(columns.header());
    for (const ServerResult& row : point.rows) {
        const std::string title = row.spec.title();
        if (const auto& medians = point.of(row).medians) table.add(columns.cells_of(row, *medians));
        if (row.skipped) table.add_remark(title, "skipped: " + *row.skipped, Table::RemarkStyle::quiet);
        if (row.failed) table.add_remark(title, "failed: " + *row.failed, Table::RemarkStyle::alarming);
    }
    const ServerResult* baseline = point.baseline();
    if (baseline == nullptr) return table.text(terminal);
    std::string below = on_ratio(*baseline) + on_work(point, cores);
    below += legend == Legend::full ? full_legend(point, experiment)
                                    : fmt::format("{} All columns explained: --legend.\n", on_loopback_in_short);
    below += on_baseline(*baseline, plan, point.work) + notes_on(point, columns, cores) +
             (table.fits(terminal) ? "" : on_blocks(terminal));
    return fmt::format("{}\n{}\n{}", table.text(terminal), meters_text(point, terminal),
                       wrap_paragraph(below, terminal));
}

// Whether there is anything that a table would show. The table of a single comparison has no row without rounds.
bool has_result(const Experiment& experiment) {
    return std::ranges::any_of(experiment.points, [&](const Point& point) {
        return std::ranges::any_of(point.rows, [&](const ServerResult& row) {
            const bool is_measured = point.of(row).medians && std::ranges::any_of(row.rounds, [](const auto& round) {
                                         return round.has_value();
                                     });
            const bool is_measured_apart = row.idle_memory || row.system_calls;
            return row.failed || is_measured || (is_measured_apart && experiment.name != single_comparison);
        });
    });
}

bool has_result(const Results& results) {
    return results.monitor || !results.claims.empty() ||
           std::ranges::any_of(results.experiments, [](const Experiment& one) { return has_result(one); });
}

}  // namespace

std::string text_report(const Experiment& experiment, const Plan& plan, const Terminal& terminal, Legend legend) {
    if (experiment.name == single_comparison) return table_report(experiment, plan, terminal, legend);
    return ScenarioReport(experiment).text(terminal, legend);
}

std::string text_report(const Results& results, const Terminal& terminal, Legend legend) {
    if (results.partial && !has_result(results)) return std::string(nothing_measured);
    std::vector<std::string> parts;
    if (results.partial) parts.emplace_back(partial_heading);
    if (const std::string brief = brief_text(results); !brief.empty()) parts.push_back(wrap_paragraph(brief, terminal));
    for (const Experiment& experiment : results.experiments)
        if (!results.partial || has_result(experiment))
            parts.push_back(text_report(experiment, results.plan, terminal, legend));
    if (results.monitor) parts.push_back(text_of(*results.monitor, terminal));
    if (const std::string warning = warning_on(results.environment); !warning.empty())
        parts.push_back(wrap_paragraph("Warning: " + warning + "\n", terminal));
    if (!results.claims.empty()) parts.push_back(text_of(results.claims, terminal));
    return fmt::format("{}", fmt::join(parts, "\n"));
}

}  // namespace iomux::compare
