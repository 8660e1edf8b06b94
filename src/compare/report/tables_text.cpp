#include "compare/report/tables_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "compare/comparison/summary.hpp"
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

std::string csv_line(const Experiment& experiment, const Point& point, const ServerResult& row,
                     const Summary& summary) {
    const std::optional<Medians>& medians = summary.of(row);
    const auto of_medians = [&](auto member) {
        return medians ? std::optional<double>(std::invoke(member, *medians)) : std::nullopt;
    };
    const Ratio* ratio = medians && medians->ratio ? &*medians->ratio : nullptr;
    const Interval* interval = ratio != nullptr && ratio->interval ? &*ratio->interval : nullptr;
    const std::optional<Limit> limit = medians ? limit_of(row, *medians, experiment.cores) : std::nullopt;
    const auto of_ratio = [&](auto member) {
        return ratio ? std::optional<double>(std::invoke(member, *ratio)) : std::nullopt;
    };
    std::vector<std::string> fields{experiment.name,
                                    coordinates(point),
                                    row.spec.title(),
                                    row.skipped.value_or(row.failed.value_or("")),
                                    std::to_string(row.rounds.size()),
                                    field(of_medians(&Medians::messages_per_second)),
                                    field(of_medians(&Medians::cpu_us_a_message)),
                                    field(of_ratio(&Ratio::value)),
                                    field(interval != nullptr ? std::optional(interval->low) : std::nullopt),
                                    field(interval != nullptr ? std::optional(interval->high) : std::nullopt),
                                    ratio != nullptr ? std::string(name_of(ratio->verdict)) : "",
                                    field(medians ? medians->p50 : std::nullopt),
                                    field(medians ? medians->p99 : std::nullopt),
                                    limit ? std::string(name_of(*limit)) : "",
                                    field(row.idle_memory ? std::optional(row.idle_memory->bytes) : std::nullopt),
                                    field(median(values_of(row, Figure::system_calls)))};
    for (std::string& one : fields) one = csv_field(one);
    return fmt::format("{}\r\n", fmt::join(fields, ","));
}

std::string escaped(std::string_view cell) {
    std::string text;
    for (const char c : cell) {
        if (c == '|') text += '\\';
        text += c;
    }
    return text;
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
        "scenario,point,server,not_measured,rounds,messages_per_second,cpu_us_a_message,ratio,ratio_low,ratio_high,"
        "verdict,p50_us,p99_us,limit,idle_connection_bytes,system_calls_a_message\r\n";
    for (const Experiment& experiment : results.experiments)
        for (const Point& point : experiment.points) {
            const Summary summary = summarise(point.rows, results.plan.baseline);
            for (const ServerResult& row : point.rows) text += csv_line(experiment, point, row, summary);
        }
    return text;
}

std::string markdown_text(const Results& results) {
    std::string text;
    for (const Experiment& experiment : results.experiments) {
        text += fmt::format("{}## {}\n\n{}\n", text.empty() ? "" : "\n", experiment.name, experiment.question);
        const ScenarioReport report(experiment, results.plan);
        for (const Figure figure : experiment.figures)
            text += fmt::format("\n{}", markdown_table(report.table(figure)));
        text += fmt::format("\n{}", report.notes());
    }
    return text;
}

}  // namespace iomux::compare
