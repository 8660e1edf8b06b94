#include "compare/report/tables_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "cli/printable.hpp"
#include "compare/report/brief_text.hpp"
#include "compare/report/scenario_report.hpp"
#include "compare/terminal/table.hpp"

namespace iomux::compare {
namespace {

std::string csv_field(std::string_view field) {
    if (field.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(field);
    std::string text = "\"";
    for (const char c : field) {
        if (c == '"') text += '"';
        text += c;
    }
    return text + '"';
}

std::string field(std::optional<double> number) { return number ? fmt::format("{}", *number) : ""; }

std::string coordinates(const Point& point) {
    std::vector<std::string> parts;
    for (const Coordinate& coordinate : point.at)
        parts.push_back(fmt::format("{}={}", coordinate.name, coordinate.value));
    return fmt::format("{}", fmt::join(parts, " "));
}

std::string names_text(const std::vector<Figure>& figures) {
    std::vector<std::string_view> names;
    for (const Figure figure : figures) names.push_back(name_of(figure));
    return fmt::format("{}", fmt::join(names, " "));
}

// The figures in whose rankings the server is listed.
template <class IsListed>
std::string figures_where(const PointSummary& summary, IsListed is_listed) {
    std::vector<Figure> figures;
    for (const auto& [figure, ranking] : summary.rankings)
        if (is_listed(ranking)) figures.push_back(figure);
    return names_text(figures);
}

void add_cost(std::vector<std::string>& fields, const PointSummary& summary, const std::string& title,
              Cost::Pair pair) {
    const auto cost =
        std::ranges::find_if(summary.costs, [&](const Cost& one) { return one.pair == pair && one.server == title; });
    const bool known = cost != summary.costs.end();
    const Interval* interval = known && cost->interval ? &*cost->interval : nullptr;
    fields.push_back(field(known ? std::optional(cost->value) : std::nullopt));
    fields.push_back(field(interval != nullptr ? std::optional(interval->low) : std::nullopt));
    fields.push_back(field(interval != nullptr ? std::optional(interval->high) : std::nullopt));
}

std::string csv_line(const Experiment& experiment, const Point& point, const ServerResult& row) {
    const auto& [medians, limit, intervals] = point.of(row);
    const std::string title = row.spec.title();
    const auto of_medians = [&medians = medians](auto member) {
        return medians ? std::optional<double>(std::invoke(member, *medians)) : std::nullopt;
    };
    const Ratio* ratio = medians && medians->ratio ? &*medians->ratio : nullptr;
    const Interval* interval = ratio != nullptr && ratio->interval ? &*ratio->interval : nullptr;
    const auto of_ratio = [&](auto member) {
        return ratio ? std::optional<double>(std::invoke(member, *ratio)) : std::nullopt;
    };
    std::vector<std::string> fields{
        experiment.name,
        coordinates(point),
        title,
        row.skipped.value_or(row.failed.value_or("")),
        std::to_string(row.rounds.size()),
        field(of_medians(&Medians::messages_per_second)),
        field(of_medians(&Medians::cpu_us_per_message)),
        field(of_ratio(&Ratio::value)),
        field(interval != nullptr ? std::optional(interval->low) : std::nullopt),
        field(interval != nullptr ? std::optional(interval->high) : std::nullopt),
        ratio != nullptr ? std::string(name_of(ratio->verdict)) : "",
        field(medians ? medians->p50 : std::nullopt),
        field(medians ? medians->p99 : std::nullopt),
        limit ? std::string(name_of(*limit)) : "",
        field(row.idle_memory ? std::optional(row.idle_memory->bytes) : std::nullopt),
        field(row.system_calls ? std::optional(row.system_calls->all_per_message) : std::nullopt),
        figures_where(point.summary, [&](const Ranking& ranking) { return ranking.best() == title; }),
        figures_where(point.summary, [&](const Ranking& ranking) {
            return std::ranges::find(ranking.not_told_apart, title) != ranking.not_told_apart.end();
        })};
    add_cost(fields, point.summary, title, Cost::Pair::asio_over_raw);
    add_cost(fields, point.summary, title, Cost::Pair::asio_over_epoll);
    fields.push_back(names_text(pooled_percentiles(row, point.of(row))));
    for (std::string& one : fields) one = csv_field(one);
    return fmt::format("{}\r\n", fmt::join(fields, ","));
}

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

// Names may have characters that Markdown takes for markup. It leaves an underscore within a word.
std::string escaped(std::string_view text) {
    constexpr std::string_view markup = "|*`<";
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool in_word =
            i > 0 && i + 1 < text.size() && is_alphanumeric(text[i - 1]) && is_alphanumeric(text[i + 1]);
        if (markup.find(text[i]) != markup.npos || (text[i] == '_' && !in_word)) result += '\\';
        result += text[i];
    }
    return result;
}

std::string markdown_line(const std::vector<std::string>& cells) {
    std::string line = "|";
    for (const std::string& cell : cells) line += fmt::format(" {} |", escaped(cell));
    return line + "\n";
}

std::string markdown_table(const Table& table) {
    std::string rule = "| --- |";
    for (std::size_t i = 1; i < table.header().size(); ++i) rule += " ---: |";
    std::string text = markdown_line(table.header()) + rule + "\n";
    for (const std::vector<std::string>& cells : table.lines()) text += markdown_line(cells);
    return text;
}

}  // namespace

std::string csv_text(const Results& results) {
    std::string text =
        "scenario,point,server,not_measured,rounds,messages_per_second,cpu_us_per_message,ratio,ratio_low,ratio_high,"
        "verdict,p50_us,p99_us,limit,idle_connection_bytes,system_calls_per_message,best_in,"
        "not_told_apart_in,over_raw,over_raw_low,over_raw_high,over_epoll,over_epoll_low,over_epoll_high,"
        "pooled_percentiles\r\n";
    for (const Experiment& experiment : results.experiments)
        for (const Point& point : experiment.points)
            for (const ServerResult& row : point.rows) text += csv_line(experiment, point, row);
    return cli::well_formed_text(text);
}

std::string markdown_text(const Results& results) {
    std::string text = escaped(brief_markdown(results));
    for (const Experiment& experiment : results.experiments) {
        text += fmt::format("{}## {}\n\n{}\n", text.empty() ? "" : "\n", escaped(experiment.name),
                            escaped(experiment.question));
        const ScenarioReport report(experiment);
        if (const std::string brief = report.in_brief(); !brief.empty()) text += fmt::format("\n{}", escaped(brief));
        for (const Figure figure : experiment.figures)
            text += fmt::format("\n{}", markdown_table(report.table(figure)));
        text += fmt::format("\n{}", escaped(report.notes(Legend::full)));
    }
    return cli::well_formed_text(text);
}

}  // namespace iomux::compare
