#include "compare/report_text.hpp"

#include <fmt/format.h>

namespace iomux::compare {
namespace {

std::string figure(std::optional<double> value, int decimals) {
    return value ? fmt::format("{:.{}f}", *value, decimals) : "-";
}

std::string latency(std::optional<double> microseconds) { return microseconds ? grouped(*microseconds) : "-"; }

std::string kibibytes(std::optional<double> bytes) { return bytes ? figure(*bytes / 1024, 2) : "-"; }

std::vector<std::string> cells_of(const Row& row, const Medians& medians) {
    return {row.contestant.name,
            grouped(medians.messages_per_second),
            figure(medians.cpu_us_a_message, 2),
            figure(medians.ratio, 2),
            latency(medians.p50),
            latency(medians.p99),
            latency(medians.p99_9),
            kibibytes(row.idle_bytes)};
}

std::string on_ratio(const Row& baseline, std::size_t rounds) {
    return fmt::format(
        "CPU µs/msg: the server's processor time for a message, in user space and in the kernel. Ratio: that, divided\n"
        "by that of {} in the same round: 1.00 costs as much, 1.10 a tenth more. Medians of {} round{}.\n",
        baseline.contestant.name, rounds, rounds == 1 ? "" : "s");
}

std::string on_baseline(const Row& baseline, const Work& work) {
    if (baseline.contestant.name == "minimal") return "minimal is the bare epoll loop of every tutorial: the floor.\n";
    return fmt::format("{} is the base because {}.\n", baseline.contestant.name,
                       work.is_chunk_echo() ? "minimal, the bare epoll loop, was not measured"
                                            : "minimal, the bare epoll loop, only echoes chunks");
}

std::string on_work(const Bench& bench) {
    const double seconds = std::chrono::duration<double>(bench.work.duration).count();
    const std::string where =
        bench.cores.server ? fmt::format("server on core {}, load on core {}", *bench.cores.server, *bench.cores.load)
                           : "server and load on the one core there is, so that rates and latency are of both";
    return fmt::format("Work: {};\n{} s a round, {}.\n", bench.work.text(), seconds, where);
}

std::string on_memory(const std::vector<Row>& rows) {
    std::string text = "KiB/conn: the server's own memory for an idle connection, the kernel's socket not included.\n";
    for (const Row& row : rows)
        if (row.idle_unknown)
            text += fmt::format("Memory of {} is not measured: {}.\n", row.contestant.name, *row.idle_unknown);
    return text;
}

// Where both share a core neither is the limit alone.
std::string on_limits(const std::vector<Row>& rows, const Summary& summary, const Bench& bench) {
    std::string names;
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (bench.cores.server && summary.medians[i] && summary.medians[i]->generator_was_the_limit())
            names += (names.empty() ? "" : ", ") + rows[i].contestant.name;
    if (names.empty()) return "";
    return "Warning: the load generator was the limit, not the server, for " + names +
           ".\nTheir msgs/s and latency are the generator's; their CPU a message holds.\n";
}

}  // namespace

std::string text_report(const std::vector<Row>& rows, const Bench& bench, Table::Emphasis emphasis) {
    const Summary summary = summarise(rows);
    Table table({"server", "msgs/s", "CPU µs/msg", "ratio", "p50 µs", "p99 µs", "p99.9 µs", "KiB/conn"});
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (summary.medians[i]) table.add(cells_of(rows[i], *summary.medians[i]));
        if (rows[i].skipped)
            table.add_remark(rows[i].contestant.name, "skipped: " + *rows[i].skipped, Table::Tone::quiet);
        if (rows[i].failed)
            table.add_remark(rows[i].contestant.name, "failed: " + *rows[i].failed, Table::Tone::alarming);
    }
    std::string text = table.text(emphasis);
    if (summary.baseline == nullptr) return text;
    return text + "\n" + on_ratio(*summary.baseline, rows.front().rounds.size()) +
           on_baseline(*summary.baseline, bench.work) + on_work(bench) + on_memory(rows) +
           on_limits(rows, summary, bench);
}

}  // namespace iomux::compare
