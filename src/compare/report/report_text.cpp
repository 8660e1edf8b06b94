#include "compare/report/report_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "compare/comparison/summary.hpp"
#include "compare/report/claims_text.hpp"
#include "compare/report/meters_report.hpp"
#include "compare/report/monitor_text.hpp"
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

std::string verdict(const ServerResult& row, const Medians& medians, const Summary& summary) {
    if (&row == summary.baseline) return "base";
    if (!medians.ratio) return "-";
    switch (medians.ratio->verdict) {
        case Verdict::less: return "cheaper";
        case Verdict::more: return "costlier";
        default: return std::string(name_of(medians.ratio->verdict));
    }
}

std::string latency_text(std::optional<double> microseconds) { return microseconds ? grouped(*microseconds) : "-"; }

// Columns that tell nothing in most tables are in those only where they do.
class Columns {
public:
    Columns(const Summary& summary, const Work& work, const Cores& cores)
        : summary_(summary),
          cores_(cores),
          memory_(work.idle_memory > 0),
          calls_(
              std::ranges::any_of(summary.rows, [](const ServerResult& row) { return row.system_calls.has_value(); })),
          starved_(std::ranges::any_of(summary.medians,
                                       [](const auto& medians) { return medians && medians->starved > 0; })) {}

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
        const std::optional<Limit> limit = limit_of(row, medians, cores_);
        std::vector<std::string> cells{row.spec.title(),
                                       grouped(medians.messages_per_second),
                                       std::string(limit ? name_of(*limit) : "-"),
                                       figure(medians.cpu_us_a_message, 2),
                                       ratio(medians.ratio),
                                       verdict(row, medians, summary_),
                                       latency_text(medians.p50),
                                       latency_text(medians.p99)};
        if (calls_) cells.push_back(row.system_calls ? figure(row.system_calls->all_a_message, 2) : "-");
        if (memory_) cells.push_back(row.idle_memory ? figure(row.idle_memory->bytes / 1024, 2) : "-");
        if (starved_) cells.push_back(medians.starved == 0 ? "-" : std::to_string(medians.starved));
        return cells;
    }

private:
    const Summary& summary_;
    const Cores& cores_;
    const bool memory_;
    const bool calls_;
    const bool starved_;
};

void add_to(std::string& list, std::string_view entry) {
    if (!list.empty()) list += ", ";
    list += entry;
}

// The titles of those rows for which it holds.
template <class Predicate>
std::string titles_where(const std::vector<ServerResult>& rows, Predicate holds) {
    std::string titles;
    for (const ServerResult& row : rows)
        if (std::invoke(holds, row)) add_to(titles, row.spec.title());
    return titles;
}

// The titles of those rows for whose medians it holds.
template <class Predicate>
std::string titles_where(const std::vector<ServerResult>& rows, const Summary& summary, Predicate holds) {
    return titles_where(rows, [&](const ServerResult& row) {
        const auto& medians = summary.of(row);
        return medians && std::invoke(holds, row, *medians);
    });
}

std::string on_ratio(const ServerResult& baseline, std::size_t rounds) {
    return fmt::format(
        "CPU µs/msg: the server's processor time for a message, in user space and in the kernel. Ratio: that, divided "
        "by that of {} in the same round: 1.00 costs as much, 1.10 a tenth more. Medians of {} round{}.\n"
        "±: half of the ratio's 95 % interval, which need not reach as far up as down. No difference: none that could "
        "not be chance among so many rows.\n",
        baseline.spec.title(), rounds, rounds == 1 ? "" : "s");
}

std::string on_baseline(const ServerResult& baseline, const Plan& plan, const Work& work) {
    if (baseline.spec.title() == plan.baseline) return "";
    if (!plan.baseline.empty())
        return fmt::format("{} is the base because {} was not measured to the end.\n", baseline.spec.title(),
                           plan.baseline);
    if (is_the_floor(baseline.spec)) return "minimal is the bare epoll loop of every tutorial: the floor.\n";
    return fmt::format("{} is the base because {}.\n", baseline.spec.title(),
                       work.is_chunk_echo() ? "minimal, the bare epoll loop, was not measured"
                                            : "minimal, the bare epoll loop, only echoes chunks");
}

std::string on_work(const Work& work, const Cores& cores) {
    const double seconds = std::chrono::duration<double>(work.duration).count();
    return fmt::format("Work: {}; {} s a round, {}.\n", work.text(), seconds, cores.text());
}

// Threads that share a core do not run side by side.
std::string on_threads(const std::vector<ServerResult>& rows, const Cores& cores) {
    const std::string titles = titles_where(rows, [&](const ServerResult& row) {
        return is_complete(row) && !cores.server.empty() && row.spec.threads() > cores.server.size();
    });
    if (titles.empty()) return "";
    return fmt::format(
        "More threads than cores: {}. That shows what threads cost, not what they gain (see --server-cores).\n",
        titles);
}

std::string on_attached(const std::vector<ServerResult>& rows) {
    const std::string titles =
        titles_where(rows, [](const ServerResult& row) { return row.spec.origin == Origin::attached; });
    if (titles.empty()) return "";
    return "Not started here: " + titles +
           " runs on the cores that it had, and their interrupts are not charged to it.\n";
}

std::string on_starved(const Columns& columns, const Work& work) {
    if (!columns.has_starved()) return "";
    return fmt::format(
        "Starved: clients of {} that were never answered, in a whole round; the other figures are of "
        "the rest.\n",
        work.connections + work.idle);
}

std::string on_kernel_stacks(const std::vector<ServerResult>& rows) {
    std::string list;
    for (const ServerResult& row : rows) {
        if (!row.idle_memory || row.idle_memory->kernel_stack_bytes == 0) continue;
        const auto& bytes = row.idle_memory->kernel_stack_bytes;
        add_to(list, fmt::format("{} {}", row.spec.title(), bytes ? figure(*bytes / 1024, 2) : "unknown"));
    }
    return list.empty() ? "" : "The kernel's stack for each thread comes on top, KiB/conn: " + list + ".\n";
}

std::string on_memory(const std::vector<ServerResult>& rows, const Work& work) {
    if (work.idle_memory == 0) return "";
    std::string text = fmt::format(
        "KiB/conn: the server's own memory for an idle connection, the kernel's socket not included; over {} of "
        "them.\n",
        grouped(static_cast<double>(work.idle_memory)));
    for (const ServerResult& row : rows) {
        if (row.idle_memory && row.idle_memory->connections < work.idle_memory)
            text += fmt::format("For {} over {}, for it serves no more.\n", row.spec.title(),
                                grouped(static_cast<double>(row.idle_memory->connections)));
        if (row.idle_unknown)
            text += fmt::format("Memory of {} is not measured: {}.\n", row.spec.title(), *row.idle_unknown);
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
        // Where none are counted it is for one reason, the machine's.
        const std::string whose = by_strace || by_kernel ? " of " + titles_where(rows, is_unknown) : "";
        text = fmt::format("System calls{} are not counted: {}.\n", whose, *unknown->system_calls_unknown);
    }
    if (by_strace) return text + "calls/msg: counted by strace, which changes it, for tracepoints are not for us.\n";
    return by_kernel ? text + "calls/msg: system calls, counted by the kernel in a round of their own.\n" : text;
}

std::string on_outliers(const std::vector<ServerResult>& rows, const Summary& summary) {
    std::string list;
    for (const ServerResult& row : rows)
        if (const auto& medians = summary.of(row); medians && medians->ratio && medians->ratio->outliers > 0)
            add_to(list, fmt::format("{} {}", row.spec.title(), medians->ratio->outliers));
    return list.empty() ? "" : "Rounds whose ratio is far from the others' (and counts all the same): " + list + ".\n";
}

std::string on_limits(const std::vector<ServerResult>& rows, const Summary& summary, const Cores& cores) {
    const std::string titles = titles_where(rows, summary, [&](const ServerResult& row, const Medians& medians) {
        return limit_of(row, medians, cores) == Limit::generator;
    });
    if (titles.empty()) return "";
    return "Warning: the load generator was the limit, not the server, for " + titles +
           ". Their msgs/s and latency are the generator's; their CPU a message holds.\n";
}

std::string on_littles_law(const std::vector<ServerResult>& rows, const Summary& summary) {
    const std::string titles = titles_where(
        rows, summary, [](const ServerResult&, const Medians& medians) { return !holds_littles_law(medians); });
    if (titles.empty()) return "";
    return fmt::format("Warning: {}, for {}. Their {}.\n", littles_law_fails, titles, reasons_to_fail_littles_law);
}

std::string on_rate(const std::vector<ServerResult>& rows, const Summary& summary) {
    const std::string titles = titles_where(
        rows, summary, [](const ServerResult&, const Medians& medians) { return !keeps_the_rate(medians); });
    return titles.empty() ? "" : fmt::format("Warning: {}, for {}.\n", rate_is_not_kept, titles);
}

std::string table_report(const Point& point, const Cores& cores, const Plan& plan, const Terminal& terminal) {
    const std::vector<ServerResult>& rows = point.rows;
    const Work& work = point.work;
    const Summary summary = summarise(rows, plan.baseline);
    const Columns columns(summary, work, cores);
    Table table(columns.header());
    for (const ServerResult& row : rows) {
        const std::string title = row.spec.title();
        if (const auto& medians = summary.of(row)) table.add(columns.cells_of(row, *medians));
        if (row.skipped) table.add_remark(title, "skipped: " + *row.skipped, Table::RemarkStyle::quiet);
        if (row.failed) table.add_remark(title, "failed: " + *row.failed, Table::RemarkStyle::alarming);
    }
    std::string text = table.text(terminal);
    if (summary.baseline == nullptr) return text;
    const std::string notes = on_ratio(*summary.baseline, rows.front().rounds.size()) +
                              on_baseline(*summary.baseline, plan, work) + on_work(work, cores) +
                              on_threads(rows, cores) + on_attached(rows) + on_starved(columns, work) +
                              on_memory(rows, work) + on_system_calls(rows) + on_outliers(rows, summary) +
                              on_limits(rows, summary, cores) + on_littles_law(rows, summary) + on_rate(rows, summary) +
                              on_counters(point) + (table.fits(terminal) ? "" : on_blocks(terminal));
    return fmt::format("{}\n{}\n{}", text, meters_text(summary, terminal), wrap_paragraph(notes, terminal));
}

}  // namespace

std::string text_report(const Experiment& experiment, const Plan& plan, const Terminal& terminal) {
    if (experiment.name == single_comparison)
        return table_report(experiment.points.front(), experiment.cores, plan, terminal);
    return ScenarioReport(experiment, plan).text(terminal);
}

std::string text_report(const Results& results, const Terminal& terminal) {
    std::vector<std::string> parts;
    for (const Experiment& experiment : results.experiments)
        parts.push_back(text_report(experiment, results.plan, terminal));
    if (results.monitor) parts.push_back(text_of(*results.monitor, terminal));
    if (std::string warnings = warnings_on(results.environment); !warnings.empty())
        parts.push_back(std::move(warnings));
    if (!results.claims.empty()) parts.push_back(text_of(results.claims, terminal));
    return fmt::format("{}", fmt::join(parts, "\n"));
}

}  // namespace iomux::compare
