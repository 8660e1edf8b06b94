#include "compare/report/report_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "compare/report/claims_text.hpp"
#include "compare/report/meters_report.hpp"
#include "compare/report/monitor_text.hpp"
#include "compare/report/ranking_text.hpp"
#include "compare/report/scenario_report.hpp"
#include "compare/results/environment.hpp"

namespace iomux::compare {
namespace {

std::string figure(std::optional<double> value, int decimals) {
    return value ? fmt::format("{:.{}f}", *value, decimals) : "-";
}

std::string ratio(const std::optional<Ratio>& ratio) {
    if (!ratio) return "-";
    if (!ratio->interval) return figure(ratio->value, 2);
    return fmt::format("{:.2f} ±{:.2f}", ratio->value, ratio->interval->half_width());
}

std::string verdict(const ServerResult& row, const Medians& medians, const Point& point) {
    if (&row == point.baseline()) return "baseline";
    if (!medians.ratio) return "-";
    switch (medians.ratio->verdict) {
        case Verdict::less: return "cheaper";
        case Verdict::more: return "costlier";
        default: return std::string(name_of(medians.ratio->verdict));
    }
}

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
                                       ratio(medians.ratio),
                                       verdict(row, medians, point_),
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

std::string on_ranking(const Point& point) {
    std::string text;
    if (const Ranking* ranking = point.summary.ranking_by(Figure::cpu))
        text = fmt::format("{}: {}.\n", best_title(Figure::cpu), best_text(*ranking));
    for (const Cost& cost : point.summary.costs) text += cost_text(cost) + ".\n";
    return text.empty() ? "" : text + ranking_legend({&point, 1});
}

std::string on_ratio(const ServerResult& baseline, std::size_t rounds) {
    return fmt::format(
        "CPU µs/msg: CPU time of the server per message, in user space and in the kernel. ratio: CPU µs/msg relative "
        "to "
        "{} in the same round; 1.10 is 10 % more. Medians of {} round{}.\n"
        "±: half-width of the ratio's 95 % confidence interval; the interval may be asymmetric. \"no difference\": the "
        "difference is not statistically significant after correcting for the number of rows.\n",
        baseline.spec.title(), rounds, rounds == 1 ? "" : "s");
}

std::string on_baseline(const ServerResult& baseline, const Plan& plan, const Work& work) {
    if (baseline.spec.title() == plan.baseline) return "";
    if (!plan.baseline.empty())
        return fmt::format("{} is the baseline because {} did not complete every round.\n", baseline.spec.title(),
                           plan.baseline);
    if (is_minimal(baseline.spec))
        return "minimal, the baseline, is a bare epoll loop that handles neither partial writes nor slow readers.\n";
    return fmt::format("{} is the baseline because minimal, the bare epoll loop, {}.\n", baseline.spec.title(),
                       work.is_chunk_echo() ? "was not measured" : "only echoes chunks");
}

std::string on_work(const Work& work, const Cores& cores) {
    const double seconds = std::chrono::duration<double>(work.duration).count();
    return fmt::format("Load: {}; {} s per round; {}.\n", work.text(), seconds, cores.text());
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

std::string on_attached(const std::vector<ServerResult>& rows) {
    const std::string titles =
        titles_where(rows, [](const ServerResult& row) { return row.spec.origin == Origin::attached; });
    if (titles.empty()) return "";
    return fmt::format(
        "Attached, so not pinned to a core; interrupts on the cores are not charged to the server: {}.\n", titles);
}

std::string on_starved(const Columns& columns, const Work& work) {
    if (!columns.has_starved()) return "";
    return fmt::format(
        "starved: the most of the {} clients that were never answered in a round; the other figures are of the rest.\n",
        work.connections + work.idle);
}

std::string on_kernel_stacks(const std::vector<ServerResult>& rows) {
    std::string list;
    for (const ServerResult& row : rows) {
        if (!row.idle_memory || row.idle_memory->kernel_stack_bytes == 0) continue;
        const auto& bytes = row.idle_memory->kernel_stack_bytes;
        add_to(list, fmt::format("{} {}", row.spec.title(), bytes ? figure(*bytes / 1024, 2) : "unknown"));
    }
    return list.empty() ? "" : "The kernel stacks of the threads take more KiB/conn: " + list + ".\n";
}

std::string on_memory(const std::vector<ServerResult>& rows, const Work& work) {
    if (work.idle_memory == 0) return "";
    std::string text = fmt::format(
        "KiB/conn: memory of the server's processes per idle connection, without the kernel's socket; measured with {} "
        "connections.\n",
        grouped(static_cast<double>(work.idle_memory)));
    for (const ServerResult& row : rows) {
        if (row.idle_memory && row.idle_memory->connections < work.idle_memory)
            text += fmt::format("{}: measured with {} connections, its maximum.\n", row.spec.title(),
                                grouped(static_cast<double>(row.idle_memory->connections)));
        if (row.idle_unknown)
            text += fmt::format("{}: memory not measured: {}.\n", row.spec.title(), *row.idle_unknown);
    }
    return text + on_kernel_stacks(rows) + on_sockets(rows);
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
    return by_kernel ? text + "calls/msg: system calls, counted by the kernel in a separate round.\n" : text;
}

std::string on_outliers(const Point& point) {
    std::string list;
    for (const ServerResult& row : point.rows)
        if (const auto& medians = point.of(row).medians; medians && medians->ratio && medians->ratio->outliers > 0)
            add_to(list, fmt::format("{} {}", row.spec.title(), medians->ratio->outliers));
    return list.empty() ? "" : "Rounds whose ratio is an outlier (they are included): " + list + ".\n";
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

std::string table_report(const Point& point, const Cores& cores, const Plan& plan, const Terminal& terminal) {
    const std::vector<ServerResult>& rows = point.rows;
    const Work& work = point.work;
    const Columns columns(point);
    Table table(columns.header());
    for (const ServerResult& row : rows) {
        const std::string title = row.spec.title();
        if (const auto& medians = point.of(row).medians) table.add(columns.cells_of(row, *medians));
        if (row.skipped) table.add_remark(title, "skipped: " + *row.skipped, Table::RemarkStyle::quiet);
        if (row.failed) table.add_remark(title, "failed: " + *row.failed, Table::RemarkStyle::alarming);
    }
    std::string text = table.text(terminal);
    const ServerResult* baseline = point.baseline();
    if (baseline == nullptr) return text;
    const std::string notes = on_ranking(point) + on_ratio(*baseline, rows.front().rounds.size()) +
                              on_baseline(*baseline, plan, work) + on_work(work, cores) + on_threads(rows, cores) +
                              on_attached(rows) + on_starved(columns, work) + on_memory(rows, work) +
                              on_system_calls(rows) + on_outliers(point) + on_limits(point) + on_littles_law(point) +
                              on_rate(point) + on_counters(point) + (table.fits(terminal) ? "" : on_blocks(terminal));
    return fmt::format("{}\n{}\n{}", text, meters_text(point, terminal), wrap_paragraph(notes, terminal));
}

}  // namespace

std::string text_report(const Experiment& experiment, const Plan& plan, const Terminal& terminal) {
    if (experiment.name == single_comparison)
        return table_report(experiment.points.front(), experiment.cores, plan, terminal);
    return ScenarioReport(experiment).text(terminal);
}

std::string text_report(const Results& results, const Terminal& terminal) {
    std::vector<std::string> parts;
    for (const Experiment& experiment : results.experiments)
        parts.push_back(text_report(experiment, results.plan, terminal));
    if (results.monitor) parts.push_back(text_of(*results.monitor, terminal));
    if (const std::string warning = warning_on(results.environment); !warning.empty())
        parts.push_back(wrap_paragraph("Warning: " + warning + "\n", terminal));
    if (!results.claims.empty()) parts.push_back(text_of(results.claims, terminal));
    return fmt::format("{}", fmt::join(parts, "\n"));
}

}  // namespace iomux::compare
