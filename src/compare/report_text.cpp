#include "compare/report_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace iomux::compare {
namespace {

std::string figure(std::optional<double> value, int decimals) {
    return value ? fmt::format("{:.{}f}", *value, decimals) : "-";
}

std::string latency(std::optional<double> microseconds) { return microseconds ? grouped(*microseconds) : "-"; }

// Columns that tell nothing in most tables are in those only where they do.
struct Columns {
    bool starved;

    explicit Columns(const Summary& summary)
        : starved(std::ranges::any_of(summary.medians,
                                      [](const auto& medians) { return medians && medians->starved > 0; })) {}

    std::vector<std::string> header() const {
        std::vector<std::string> cells{"server", "msgs/s", "CPU µs/msg", "ratio",
                                       "p50 µs", "p99 µs", "p99.9 µs",   "KiB/conn"};
        if (starved) cells.push_back("starved");
        return cells;
    }

    std::vector<std::string> cells_of(const Row& row, const Medians& medians) const {
        std::vector<std::string> cells{row.contestant.title(),
                                       grouped(medians.messages_per_second),
                                       figure(medians.cpu_us_a_message, 2),
                                       figure(medians.ratio, 2),
                                       latency(medians.p50),
                                       latency(medians.p99),
                                       latency(medians.p99_9),
                                       row.idle_memory ? figure(row.idle_memory->bytes / 1024, 2) : "-"};
        if (starved) cells.push_back(medians.starved == 0 ? "-" : std::to_string(medians.starved));
        return cells;
    }
};

// The titles of those rows for which it holds.
template <class Predicate>
std::string titles_where(const std::vector<Row>& rows, Predicate holds) {
    std::string titles;
    for (const Row& row : rows)
        if (std::invoke(holds, row)) titles += (titles.empty() ? "" : ", ") + row.contestant.title();
    return titles;
}

std::string on_ratio(const Row& baseline, std::size_t rounds) {
    return fmt::format(
        "CPU µs/msg: the server's processor time for a message, in user space and in the kernel. Ratio: that, divided\n"
        "by that of {} in the same round: 1.00 costs as much, 1.10 a tenth more. Medians of {} round{}.\n",
        baseline.contestant.title(), rounds, rounds == 1 ? "" : "s");
}

std::string on_baseline(const Row& baseline, const Work& work) {
    if (is_the_floor(baseline.contestant)) return "minimal is the bare epoll loop of every tutorial: the floor.\n";
    return fmt::format("{} is the base because {}.\n", baseline.contestant.title(),
                       work.is_chunk_echo() ? "minimal, the bare epoll loop, was not measured"
                                            : "minimal, the bare epoll loop, only echoes chunks");
}

std::string on_work(const Bench& bench) {
    const double seconds = std::chrono::duration<double>(bench.work.duration).count();
    return fmt::format("Work: {};\n{} s a round, {}.\n", bench.work.text(), seconds, bench.cores.text());
}

// Threads that share a core do not run side by side.
std::string on_threads(const std::vector<Row>& rows, const Cores& cores) {
    const std::string titles = titles_where(rows, [&](const Row& row) {
        return is_complete(row) && !cores.server.empty() && row.contestant.threads() > cores.server.size();
    });
    if (titles.empty()) return "";
    return fmt::format(
        "More threads than cores: {}.\nThat shows what threads cost, not what they gain "
        "(see --server-cores).\n",
        titles);
}

std::string on_starved(const Columns& columns, const Work& work) {
    if (!columns.starved) return "";
    return fmt::format(
        "Starved: clients of {} that were never answered, in a whole round; the other figures are of "
        "the rest.\n",
        work.connections + work.idle);
}

std::string on_kernel_stacks(const std::vector<Row>& rows) {
    std::string text;
    for (const Row& row : rows) {
        if (!row.idle_memory || row.idle_memory->kernel_stack_bytes == 0) continue;
        const auto& bytes = row.idle_memory->kernel_stack_bytes;
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", row.contestant.title(),
                            bytes ? figure(*bytes / 1024, 2) : "unknown");
    }
    return text.empty() ? "" : "The kernel's stack for each thread comes on top, KiB/conn: " + text + ".\n";
}

std::string on_memory(const std::vector<Row>& rows, const Work& work) {
    if (work.idle_memory == 0) return "";
    std::string text = fmt::format(
        "KiB/conn: the server's own memory for an idle connection, the kernel's socket not included; over {} of "
        "them.\n",
        grouped(static_cast<double>(work.idle_memory)));
    for (const Row& row : rows) {
        if (row.idle_memory && row.idle_memory->connections < work.idle_memory)
            text += fmt::format("For {} over {}, for it serves no more.\n", row.contestant.title(),
                                grouped(static_cast<double>(row.idle_memory->connections)));
        if (row.idle_unknown)
            text += fmt::format("Memory of {} is not measured: {}.\n", row.contestant.title(), *row.idle_unknown);
    }
    return text + on_kernel_stacks(rows);
}

std::string on_limits(const std::vector<Row>& rows, const Summary& summary, const Cores& cores) {
    const std::string names = titles_where(rows, [&](const Row& row) {
        const auto& medians = summary.medians[static_cast<std::size_t>(&row - rows.data())];
        return medians && generator_was_the_limit(row, *medians, cores);
    });
    if (names.empty()) return "";
    return "Warning: the load generator was the limit, not the server, for " + names +
           ".\nTheir msgs/s and latency are the generator's; their CPU a message holds.\n";
}

}  // namespace

std::string text_report(const std::vector<Row>& rows, const Bench& bench, Table::Emphasis emphasis) {
    const Summary summary = summarise(rows);
    const Columns columns(summary);
    Table table(columns.header());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::string title = rows[i].contestant.title();
        if (summary.medians[i]) table.add(columns.cells_of(rows[i], *summary.medians[i]));
        if (rows[i].skipped) table.add_remark(title, "skipped: " + *rows[i].skipped, Table::Tone::quiet);
        if (rows[i].failed) table.add_remark(title, "failed: " + *rows[i].failed, Table::Tone::alarming);
    }
    const std::string text = table.text(emphasis);
    if (summary.baseline == nullptr) return text;
    return text + "\n" + on_ratio(*summary.baseline, rows.front().rounds.size()) +
           on_baseline(*summary.baseline, bench.work) + on_work(bench) + on_threads(rows, bench.cores) +
           on_starved(columns, bench.work) + on_memory(rows, bench.work) + on_limits(rows, summary, bench.cores);
}

}  // namespace iomux::compare
