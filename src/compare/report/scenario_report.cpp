#include "compare/report/scenario_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "compare/comparison/summary.hpp"
#include "compare/report/meters_report.hpp"
#include "compare/statistics/statistics.hpp"

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

// A single comparison has one point, and no name for it.
std::string label_of(const Point& point) { return point.label.empty() ? point.work.text() : point.label; }

// What stands behind a ratio that may be chance.
std::string_view doubt(Verdict verdict) {
    switch (verdict) {
        case Verdict::no_difference: return " =";
        case Verdict::too_few_rounds: return " ?";
        default: return "";
    }
}

std::string ratio_text(const Ratio& ratio) {
    if (!ratio.interval) return fmt::format("{:.2f} ?", ratio.value);
    return fmt::format("{:.2f} ±{:.2f}{}", ratio.value, ratio.interval->half_width(), doubt(ratio.verdict));
}

bool is_generators(const Cell& cell, const Cores& cores) {
    return cell.medians() && limit_of(cell.row, *cell.medians(), cores) == Limit::generator;
}

constexpr std::string_view generator_mark = "*";
constexpr std::string_view littles_law_mark = "†";
constexpr std::string_view rate_mark = "‡";

bool is_of_rounds(Figure figure) { return figure != Figure::idle_memory && figure != Figure::system_calls; }

// What is to be known of a figure.
std::string marks_of(const Cell& cell, Figure figure, const Cores& cores) {
    std::string marks;
    if (figure == Figure::rate && is_generators(cell, cores)) marks += generator_mark;
    if (is_of_rounds(figure) && cell.medians() && !holds_littles_law(*cell.medians())) marks += littles_law_mark;
    if (is_of_rounds(figure) && cell.medians() && !keeps_the_rate(*cell.medians())) marks += rate_mark;
    return marks;
}

std::string value_text(const Cell& cell, Figure figure) {
    const std::vector<double> values = values_of(cell.row, figure);
    const std::optional<double> middle = median(values);
    if (!middle) return "-";
    std::string text = unit_scaled(figure, *middle);
    if (const std::optional<Interval> interval = median_interval(values, confidence))
        text += fmt::format(" ±{}", unit_scaled(figure, interval->half_width()));
    return text;
}

std::string figure_text(const Cell& cell, Figure figure) {
    if (figure != Figure::cpu || !cell.medians()) return value_text(cell, figure);
    if (&cell.row == cell.summary.baseline) return number_text(cell.medians()->cpu_us_a_message) + " µs";
    return cell.medians()->ratio ? ratio_text(*cell.medians()->ratio) : "-";
}

std::string cell_text(const Cell& cell, Figure figure, const Cores& cores) {
    if (cell.row.skipped) return "skipped";
    if (cell.row.failed) return "failed";
    const std::string marks = marks_of(cell, figure, cores);
    return marks.empty() ? figure_text(cell, figure) : fmt::format("{} {}", figure_text(cell, figure), marks);
}

// A figure to rank by, and where it is held to lie.
struct Standing {
    double value;
    Interval interval;
};

Standing standing(double value, const std::optional<Interval>& interval) {
    return {value, interval.value_or(Interval{value, value})};
}

std::optional<Standing> standing_of(const Cell& cell, Figure figure, const Cores& cores) {
    if (figure == Figure::rate && is_generators(cell, cores)) return std::nullopt;
    if (figure == Figure::cpu) {
        if (!cell.medians() || !cell.medians()->ratio) return std::nullopt;
        return standing(cell.medians()->ratio->value, cell.medians()->ratio->interval);
    }
    const std::vector<double> values = values_of(cell.row, figure);
    const std::optional<double> middle = median(values);
    if (!middle) return std::nullopt;
    return standing(*middle, median_interval(values, confidence));
}

// Of how many: where it is enough beforehand, a point has fewer.
std::string on_rounds(const Experiment& experiment) {
    std::size_t most = 0;
    for (const Point& point : experiment.points)
        for (const ServerResult& row : point.rows) most = std::max(most, row.rounds.size());
    const double seconds = std::chrono::duration<double>(experiment.points.front().work.duration).count();
    const std::string rounds = most == 0 ? "" : fmt::format("Medians of {} rounds of {} s; ", most, seconds);
    return fmt::format("{}{}.\n", rounds, experiment.cores.text());
}

bool shows(const Experiment& experiment, Figure figure) {
    return std::ranges::find(experiment.figures, figure) != experiment.figures.end();
}

}  // namespace

std::vector<double> values_of(const ServerResult& row, Figure figure) {
    switch (figure) {
        case Figure::cpu: return known_in_rounds(row, &Round::cpu_us_a_message);
        case Figure::rate: return known_in_rounds(row, &Round::messages_per_second);
        case Figure::p99: return known_in_rounds(row, &Round::p99);
        case Figure::idle_memory: return row.idle_memory ? std::vector{row.idle_memory->bytes} : std::vector<double>{};
        case Figure::system_calls:
            return row.system_calls ? std::vector{row.system_calls->all_a_message} : std::vector<double>{};
    }
    return {};
}

std::string_view title_of(Figure figure) {
    switch (figure) {
        case Figure::cpu: return "CPU µs/msg";
        case Figure::rate: return "msgs/s";
        case Figure::p99: return "p99 µs";
        case Figure::idle_memory: return "KiB/conn";
        case Figure::system_calls: return "calls/msg";
    }
    return "";
}

ScenarioReport::ScenarioReport(const Experiment& experiment, const Plan& plan) : experiment_(experiment) {
    for (const Point& point : experiment.points) summaries_.push_back(summarise(point.rows, plan.baseline));
}

std::size_t ScenarioReport::servers() const { return experiment_.points.front().rows.size(); }

ScenarioReport::Cell ScenarioReport::cell(std::size_t point, std::size_t server) const {
    return {summaries_[point], experiment_.points[point].rows[server]};
}

Table ScenarioReport::table(Figure figure) const {
    std::vector<std::string> header{std::string(title_of(figure))};
    for (const Point& point : experiment_.points) header.push_back(label_of(point));
    Table table(std::move(header));
    for (std::size_t i = 0; i < servers(); ++i) {
        std::vector<std::string> cells{experiment_.points.front().rows[i].spec.title()};
        for (std::size_t p = 0; p < experiment_.points.size(); ++p)
            cells.push_back(cell_text(cell(p, i), figure, experiment_.cores));
        table.add(std::move(cells));
    }
    return table;
}

// Those whose intervals reach the best one's, it among them.
std::vector<std::string> ScenarioReport::best_at(std::size_t point, Figure figure) const {
    std::vector<std::pair<std::string, Standing>> standings;
    for (std::size_t i = 0; i < servers(); ++i)
        if (const auto standing = standing_of(cell(point, i), figure, experiment_.cores))
            standings.emplace_back(cell(point, i).row.spec.title(), *standing);
    if (standings.empty()) return {};
    const auto value = [&](const auto& one) { return figure == Figure::rate ? -one.second.value : one.second.value; };
    const Standing best = std::ranges::min_element(standings, {}, value)->second;
    std::vector<std::string> titles;
    for (const auto& [title, standing] : standings)
        if (standing.interval.low <= best.interval.high && best.interval.low <= standing.interval.high)
            titles.push_back(title);
    return titles;
}

// Who is best where, as far as the intervals tell them apart.
std::string ScenarioReport::best_text(Figure figure) const {
    std::vector<std::string> bests;
    for (std::size_t p = 0; p < experiment_.points.size(); ++p) {
        const std::vector<std::string> titles = best_at(p, figure);
        if (titles.empty()) continue;
        constexpr std::size_t most_named = 3;
        bests.push_back(fmt::format("{} ({})",
                                    titles.size() <= most_named ? fmt::format("{}", fmt::join(titles, " or "))
                                                                : fmt::format("any of {} alike", titles.size()),
                                    label_of(experiment_.points[p])));
    }
    if (bests.empty()) return "";
    return fmt::format("{} {}: {}.\n", figure == Figure::rate ? "Most" : "Least", title_of(figure),
                       fmt::join(bests, "; "));
}

// A line a server: its system calls a message by name, at each point.
std::string ScenarioReport::calls() const {
    std::string text;
    for (std::size_t i = 0; i < servers(); ++i)
        for (std::size_t p = 0; p < experiment_.points.size(); ++p)
            if (const auto& calls = cell(p, i).row.system_calls)
                text += fmt::format("{} ({}): {}\n", cell(p, i).row.spec.title(), label_of(experiment_.points[p]),
                                    text_of(*calls));
    return text;
}

// A line each: why a server is missing somewhere.
std::string ScenarioReport::remarks() const {
    std::vector<std::string> lines;
    for (const Point& point : experiment_.points)
        for (const ServerResult& row : point.rows) {
            if (!row.skipped && !row.failed && !row.idle_unknown && !row.system_calls_unknown) continue;
            const std::string where = point.label.empty() ? "" : " (" + point.label + ")";
            const std::string what = row.failed         ? "failed: " + *row.failed
                                     : row.skipped      ? "skipped: " + *row.skipped
                                     : row.idle_unknown ? "memory is not measured: " + *row.idle_unknown
                                                        : "calls are not counted: " + *row.system_calls_unknown;
            lines.push_back(fmt::format("{}{} {}.\n", row.spec.title(), where, what));
        }
    for (const Point& point : experiment_.points)
        if (std::string line = on_counters(point); !line.empty()) lines.push_back(std::move(line));
    return fmt::format("{}", fmt::join(lines, ""));
}

std::string ScenarioReport::baselines() const {
    std::vector<std::string> titles;
    for (const Summary& summary : summaries_)
        if (summary.baseline != nullptr && std::ranges::find(titles, summary.baseline->spec.title()) == titles.end())
            titles.push_back(summary.baseline->spec.title());
    return fmt::format("{}", fmt::join(titles, " or "));
}

bool ScenarioReport::any_mark(std::string_view mark) const {
    for (const Figure figure : experiment_.figures)
        for (std::size_t p = 0; p < experiment_.points.size(); ++p)
            for (std::size_t i = 0; i < servers(); ++i)
                if (marks_of(cell(p, i), figure, experiment_.cores).find(mark) != std::string::npos) return true;
    return false;
}

std::string ScenarioReport::legend() const {
    std::string text;
    if (const std::string titles = baselines(); shows(experiment_, Figure::cpu) && !titles.empty())
        text += fmt::format(
            "CPU: the server's processor time for a message; of {} in µs, of the others as a ratio to it in the same "
            "round. ±: half of the 95 % interval. =: no difference that could not be chance. ?: too few rounds to "
            "tell.\n",
            titles);
    if (any_mark(generator_mark))
        text += fmt::format("{}: the load generator was the limit, not the server: not ranked.\n", generator_mark);
    if (any_mark(littles_law_mark))
        text += fmt::format("{}: {}. The {}.\n", littles_law_mark, littles_law_fails, reasons_to_fail_littles_law);
    if (any_mark(rate_mark)) text += fmt::format("{}: {}.\n", rate_mark, rate_is_not_kept);
    return text;
}

std::string ScenarioReport::notes() const {
    std::string text;
    for (const Figure figure : experiment_.figures) text += best_text(figure);
    if (shows(experiment_, Figure::idle_memory)) text += on_sockets(experiment_.points.front().rows);
    return text + calls() + legend() + on_rounds(experiment_) + remarks();
}

std::string ScenarioReport::text(const Terminal& terminal) const {
    std::string text = wrap_paragraph(fmt::format("{}: {}", experiment_.name, experiment_.question), terminal);
    if (experiment_.points.empty()) return text;
    bool all_fit = true;
    for (const Figure figure : experiment_.figures) {
        const Table shown = table(figure);
        text += fmt::format("\n{}", shown.text(terminal));
        all_fit = all_fit && shown.fits(terminal);
    }
    return fmt::format("{}\n{}", text, wrap_paragraph(notes() + (all_fit ? "" : on_blocks(terminal)), terminal));
}

std::string on_blocks(const Terminal& terminal) {
    return fmt::format("Broken to fit {} columns; a pipe or a file gets the tables whole.\n", terminal.width);
}

}  // namespace iomux::compare
