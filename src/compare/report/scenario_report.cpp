#include "compare/report/scenario_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "compare/comparison/ranking_text.hpp"
#include "compare/report/brief_text.hpp"
#include "compare/report/meters_report.hpp"
#include "compare/report/warnings_text.hpp"

namespace iomux::compare {
namespace {

using Cell = ScenarioReport::Cell;

std::string number_text(double value) {
    if (value >= 1000) return grouped(value);
    return fmt::format("{:.{}f}", value, value >= 100 ? 0 : value >= 10 ? 1 : 2);
}

std::string unit_scaled(Figure figure, double value) {
    return number_text(figure == Figure::idle_memory ? value / 1024 : value);
}

// The only point of a single comparison has no label.
std::string label_of(const Point& point) { return point.label.empty() ? point.work.text() : point.label; }

constexpr std::string_view doubt_mark = "?";
constexpr std::string_view sameness_mark = "≈";
constexpr std::string_view generator_mark = "*";
constexpr std::string_view littles_law_mark = "†";
constexpr std::string_view rate_mark = "‡";

// The mark of a ratio that may differ from 1 by chance; empty if it differs significantly.
std::string_view verdict_mark(const Ratio& ratio) {
    if (is_the_same(ratio.verdict, ratio.interval)) return sameness_mark;
    return ratio.verdict == Verdict::not_told_apart || ratio.verdict == Verdict::too_few ? doubt_mark : "";
}

std::string ratio_text(const Ratio& ratio) {
    const std::string text = with_interval(ratio.value, ratio.interval);
    const std::string_view mark = verdict_mark(ratio);
    return mark.empty() ? text : fmt::format("{} {}", text, mark);
}

bool is_percentile(Figure figure) { return figure == Figure::p50 || figure == Figure::p99 || figure == Figure::p99_9; }

// Empty for those that the short legend explains.
std::string_view meaning_of(Figure figure) {
    switch (figure) {
        case Figure::cpu:
        case Figure::idle_memory: return "";
        case Figure::rate: return "messages per second";
        case Figure::p50: return "latency that half of the messages did not exceed";
        case Figure::p99: return "latency that 99 % of the messages did not exceed";
        case Figure::p99_9: return "latency that 99.9 % of the messages did not exceed";
        case Figure::system_calls: return "system calls of the server per message, counted in a separate window";
    }
    return "";
}

// The warnings about a figure, as marks behind it.
std::string marks_of(const Cell& cell, Figure figure) {
    const ServerSummary& summary = cell.summary();
    if (!is_measured_in_rounds(figure) || !summary.medians) return "";
    std::string marks;
    if (figure == Figure::rate && summary.limit == Limit::generator) marks += generator_mark;
    if (!holds_littles_law(*summary.medians)) marks += littles_law_mark;
    if (!keeps_the_rate(*summary.medians)) marks += rate_mark;
    return marks;
}

std::string value_text(const Cell& cell, Figure figure) {
    const std::optional<Estimate> estimate = estimate_of(cell.row, cell.summary(), figure);
    if (!estimate) return "-";
    std::string text = unit_scaled(figure, estimate->value);
    if (estimate->interval)
        text += fmt::format(" [{}–{}]", unit_scaled(figure, estimate->interval->low),
                            unit_scaled(figure, estimate->interval->high));
    return text;
}

std::string figure_text(const Cell& cell, Figure figure) {
    const std::optional<Medians>& medians = cell.summary().medians;
    if (figure != Figure::cpu || !medians) return value_text(cell, figure);
    if (&cell.row == cell.point.baseline()) return number_text(medians->cpu_us_per_message) + " µs";
    return medians->ratio ? ratio_text(*medians->ratio) : "-";
}

std::string cell_text(const Cell& cell, Figure figure) {
    if (cell.row.skipped) return "skipped";
    if (cell.row.failed) return "failed";
    const std::string marks = marks_of(cell, figure);
    return marks.empty() ? figure_text(cell, figure) : fmt::format("{} {}", figure_text(cell, figure), marks);
}

// The points that could not be measured in sessions.
std::string on_windows(const Experiment& experiment) {
    std::string text;
    for (const Point& point : experiment.points)
        if (!point.why_windows.empty())
            text += fmt::format("{} was measured in windows, less precisely than in sessions, because {}.\n",
                                label_of(point), point.why_windows);
    return text;
}

bool shows(const Experiment& experiment, Figure figure) {
    return std::ranges::find(experiment.figures, figure) != experiment.figures.end();
}

// What a number in the head of a column is; empty for the cases of a scenario, whose heads say it.
std::string_view meaning_of_coordinate(std::string_view name) {
    if (name == "connections") return "connections or sockets, of clients that wait for a reply, then send again";
    if (name == "idle") return "idle: connections that send nothing";
    if (name == "active") return "active: the share of the connections that send; the others are idle";
    if (name == "size") return "bytes, KiB, MiB: the size of a message";
    if (name == "depth") return "in flight: messages that a connection sends before it waits for a reply";
    if (name == "rate") return "messages per second: the rate at which all clients together send";
    if (name == "flooders") return "flooder: a client with 256 messages in flight; alone: there is none";
    return "";
}

std::string legend_of_points(const Experiment& experiment) {
    if (experiment.points.empty()) return "";
    std::vector<std::string_view> meanings;
    for (const Coordinate& coordinate : experiment.points.front().at)
        if (const std::string_view meaning = meaning_of_coordinate(coordinate.name); !meaning.empty())
            meanings.push_back(meaning);
    if (meanings.empty()) return "Columns: what the server does for each message before it replies.\n";
    return fmt::format("Columns: {}.\n", fmt::join(meanings, ". "));
}

// The figures that are not explained elsewhere.
std::string legend_of_figures(const Experiment& experiment) {
    std::string text, with_intervals;
    for (const Figure figure : experiment.figures) {
        const std::string_view meaning = meaning_of(figure);
        if (!meaning.empty()) text += fmt::format("{}: {}.\n", title_of(figure), meaning);
        if (figure != Figure::cpu && is_measured_in_rounds(figure))
            with_intervals += fmt::format("{}{}", with_intervals.empty() ? "" : ", ", title_of(figure));
    }
    if (!with_intervals.empty()) text += fmt::format("[ ] of {}: 95 % confidence intervals.\n", with_intervals);
    if (std::ranges::any_of(experiment.figures, is_percentile))
        text +=
            "A percentile is the median over the rounds or sessions. If one of them has too few messages for it, it is "
            "that of all their messages together, without an interval.\n";
    return text +
           "-: does not apply, not measured, too short for the clock, or a latency that fewer than ten messages "
           "exceed.\n";
}

}  // namespace

std::string conditions_text(const Experiment& experiment) {
    std::vector<std::pair<std::string, std::vector<std::string>>> texts;  // each with the labels of its points
    for (const Point& point : experiment.points) {
        const std::string text = repetitions_text(point);
        if (text.empty()) continue;
        if (texts.empty() || texts.back().first != text) texts.emplace_back(text, std::vector<std::string>{});
        texts.back().second.push_back(label_of(point));
    }
    std::string all;
    for (const auto& [text, labels] : texts)
        all += texts.size() == 1 ? text + "; " : fmt::format("{}: {}; ", fmt::join(labels, ", "), text);
    return fmt::format("{}{}", all, experiment.cores.text());
}

ScenarioReport::ScenarioReport(const Experiment& experiment) : experiment_(experiment) {}

std::size_t ScenarioReport::servers() const { return experiment_.points.front().rows.size(); }

ScenarioReport::Cell ScenarioReport::cell(std::size_t point, std::size_t server) const {
    return {experiment_.points[point], experiment_.points[point].rows[server]};
}

Table ScenarioReport::table(Figure figure) const {
    std::vector<std::string> header{std::string(title_of(figure))};
    for (const Point& point : experiment_.points) header.push_back(label_of(point));
    Table table(std::move(header));
    for (std::size_t i = 0; i < servers(); ++i) {
        std::vector<std::string> cells{experiment_.points.front().rows[i].spec.title()};
        for (std::size_t p = 0; p < experiment_.points.size(); ++p) cells.push_back(cell_text(cell(p, i), figure));
        table.add(std::move(cells));
    }
    return table;
}

// The best servers at each point with several servers to compare.
std::string ScenarioReport::best_line(Figure figure) const {
    std::vector<std::string> bests;
    for (const Point& point : experiment_.points) {
        const Ranking* const ranking = point.summary.ranking_by(figure);
        if (ranking == nullptr || ranking->order.size() == 1) continue;
        bests.push_back(fmt::format("{} ({})", best_text(*ranking), label_of(point)));
    }
    return bests.empty() ? "" : fmt::format("{}: {}", best_title(figure), fmt::join(bests, "; "));
}

// The lines of all figures. The first one says that `minimal` is not ranked.
std::string ScenarioReport::best_lines() const {
    std::string unranked;
    for (const Point& point : experiment_.points)
        if (unranked.empty()) unranked = unranked_text(point);
    std::string text;
    for (const Figure figure : experiment_.figures)
        if (const std::string line = best_line(figure); !line.empty())
            text +=
                fmt::format("{}{}.\n", line, text.empty() && !unranked.empty() ? fmt::format(" ({})", unranked) : "");
    return text;
}

// What Asio costs at the last point at which it was measured.
std::string ScenarioReport::costs() const {
    std::string text;
    for (auto point = experiment_.points.rbegin(); point != experiment_.points.rend() && text.empty(); ++point)
        for (const Cost& cost : point->summary.costs)
            if (is_of_asio(cost)) text += fmt::format("{}: {}.\n", label_of(*point), cost_text(cost));
    return text;
}

std::string ScenarioReport::calls() const {
    std::string text;
    for (std::size_t i = 0; i < servers(); ++i)
        for (std::size_t p = 0; p < experiment_.points.size(); ++p)
            if (const auto& calls = cell(p, i).row.system_calls)
                text += fmt::format("{} ({}): {}\n", cell(p, i).row.spec.title(), label_of(experiment_.points[p]),
                                    text_of(*calls));
    return text;
}

// One line per missing figure: why it is missing.
std::string ScenarioReport::remarks() const {
    std::vector<std::string> lines;
    for (const Point& point : experiment_.points)
        for (const ServerResult& row : point.rows) {
            if (!row.skipped && !row.failed && !row.idle_unknown && !row.system_calls_unknown) continue;
            const std::string where = point.label.empty() ? "" : " (" + point.label + ")";
            const std::string what = row.failed         ? "failed: " + *row.failed
                                     : row.skipped      ? "skipped: " + *row.skipped
                                     : row.idle_unknown ? "memory not measured: " + *row.idle_unknown
                                                        : "system calls not counted: " + *row.system_calls_unknown;
            lines.push_back(fmt::format("{}{} {}.\n", row.spec.title(), where, what));
        }
    for (const Point& point : experiment_.points)
        for (const ServerResult& row : point.rows)
            if (const std::string why = unsettled_text(row); !why.empty())
                lines.push_back(fmt::format("Warning: {} ({}) {}.\n", row.spec.title(), label_of(point), why));
    for (const Point& point : experiment_.points)
        if (std::string line = on_counters(point); !line.empty()) lines.push_back(std::move(line));
    return fmt::format("{}", fmt::join(lines, ""));
}

std::string ScenarioReport::baselines() const {
    std::vector<std::string> titles;
    for (const Point& point : experiment_.points)
        if (const ServerResult* baseline = point.baseline();
            baseline != nullptr && std::ranges::find(titles, baseline->spec.title()) == titles.end())
            titles.push_back(baseline->spec.title());
    return fmt::format("{}", fmt::join(titles, " or "));
}

bool ScenarioReport::any_mark(std::string_view mark) const {
    for (const Figure figure : experiment_.figures)
        for (std::size_t p = 0; p < experiment_.points.size(); ++p)
            for (std::size_t i = 0; i < servers(); ++i)
                if (marks_of(cell(p, i), figure).find(mark) != std::string::npos) return true;
    return false;
}

bool ScenarioReport::any_same() const {
    return std::ranges::any_of(experiment_.points, [](const Point& point) {
        return std::ranges::any_of(point.rows, [&](const ServerResult& row) {
            const std::optional<Medians>& medians = point.of(row).medians;
            return &row != point.baseline() && medians && medians->ratio &&
                   verdict_mark(*medians->ratio) == sameness_mark;
        });
    });
}

std::string ScenarioReport::legend(Legend extent) const {
    std::string text = extent == Legend::full ? ranking_legend(experiment_.points, experiment_.figures) : "";
    if (const std::string titles = baselines(); shows(experiment_, Figure::cpu) && !titles.empty())
        text += fmt::format(
            "CPU µs/msg: CPU time of the server per message. {} is the baseline, in µs; the others are ratios to it, "
            "with their 95 % confidence intervals. {}: not told apart from the baseline. Unlike the "
            "interval, this verdict is corrected for the number of rows.{}\n",
            titles, doubt_mark, any_same() ? fmt::format(" {}: {}.", sameness_mark, sameness_text()) : "");
    if (extent == Legend::full) text += legend_of_points(experiment_) + legend_of_figures(experiment_);
    if (shows(experiment_, Figure::idle_memory))
        text += fmt::format(
            "KiB/conn: memory per idle connection of the server's processes and of the kernel stacks of its threads. "
            "{}\n",
            memory_granularity);
    if (shows(experiment_, Figure::cpu))
        text += extent == Legend::full ? std::string(on_loopback) : fmt::format("{}\n", on_loopback_in_short);
    if (any_mark(generator_mark))
        text += fmt::format("{}: limited by the load generator, not by the server; not ranked.\n", generator_mark);
    if (any_mark(littles_law_mark))
        text += fmt::format("{}: {}. {}\n", littles_law_mark, littles_law_fails, causes_to_fail_littles_law);
    if (any_mark(rate_mark)) text += fmt::format("{}: {}.\n", rate_mark, rate_is_not_kept);
    return text;
}

std::string ScenarioReport::in_brief() const {
    std::string text = best_lines();
    if (!shows(experiment_, Figure::cpu)) return text;
    // That of a single comparison stands above (see `brief_text`).
    return text + costs() + (experiment_.name == single_comparison ? "" : verdict_line(experiment_));
}

std::string ScenarioReport::notes(Legend extent) const {
    std::string text = shows(experiment_, Figure::idle_memory) ? on_sockets(experiment_.points.front().rows) : "";
    return text + calls() + legend(extent) + conditions_text(experiment_) + ".\n" + on_windows(experiment_) +
           (shows(experiment_, Figure::cpu) ? ratio_warnings(experiment_.points) : "") + remarks() +
           on_pooled_percentiles(experiment_.points, experiment_.figures) + on_lost_datagrams(experiment_.points);
}

std::string ScenarioReport::text(const Terminal& terminal, Legend extent) const {
    std::string text = wrap_paragraph(fmt::format("{}: {}", experiment_.name, experiment_.question), terminal);
    if (experiment_.points.empty()) return text;
    text += wrap_paragraph(in_brief(), terminal);
    bool all_fit = true;
    for (const Figure figure : experiment_.figures) {
        const Table shown = table(figure);
        text += fmt::format("\n{}", shown.text(terminal));
        all_fit = all_fit && shown.fits(terminal);
    }
    return fmt::format("{}\n{}", text, wrap_paragraph(notes(extent) + (all_fit ? "" : on_blocks(terminal)), terminal));
}

std::string on_blocks(const Terminal& terminal) {
    return fmt::format("The tables are split to fit {} columns. In a pipe or a file they are not.\n", terminal.width);
}

}  // namespace iomux::compare
