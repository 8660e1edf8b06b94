#include "compare/report/monitor_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "compare/mechanisms/monitor_mechanisms.hpp"
#include "compare/terminal/table.hpp"

namespace iomux::compare {
namespace {

std::string cell_of(const std::vector<MonitorFigure>& figures, std::string_view mechanism, int decimals) {
    const auto figure = std::ranges::find(figures, mechanism, &MonitorFigure::mechanism);
    if (figure == figures.end() || !figure->median) return "-";
    std::string median = grouped(*figure->median, decimals);
    if (!figure->interval) return median;
    return fmt::format("{} [{}–{}]", median, grouped(figure->interval->low, decimals),
                       grouped(figure->interval->high, decimals));
}

// One line per mechanism, one column per point.
template <class Point, class Heading>
std::string table_of(const std::vector<Point>& points, int decimals, Heading heading, const Terminal& terminal) {
    std::vector<std::string> header{"mechanism"};
    for (const Point& point : points) header.push_back(heading(point));
    Table table(header);
    for (const MonitorFigure& named : points.front().mechanisms) {
        std::vector<std::string> cells{named.mechanism};
        for (const Point& point : points) cells.push_back(cell_of(point.mechanisms, named.mechanism, decimals));
        table.add(cells);
    }
    return table.text(terminal);
}

std::string times(double factor) { return grouped(factor, factor < 10 ? 2 : 0) + "-fold"; }

std::string growth_text(const MonitorResult& result) {
    std::string text;
    for (const MonitorFigure& named : result.points.front().mechanisms)
        if (const auto growth = growth_of(result, named.mechanism))
            text += fmt::format("From {} to {} descriptors, the cost per operation of {} grows {}.\n",
                                grouped(growth->from), grouped(growth->to), named.mechanism, times(growth->factor));
    return text;
}

std::string crossing_text(const MonitorResult& result) {
    const std::optional<double> share = share_where_cheaper(result, "poll", "epoll");
    if (!share) return "epoll costs at most as much per event as poll, whatever share is ready.\n";
    if (*share == 1) return "If all are ready, poll costs less per event than epoll.\n";
    return fmt::format("If {:.0f} % or more are ready, poll costs less per event than epoll.\n", *share * 100);
}

std::string omissions_text(const MonitorResult& result) {
    std::string text;
    for (const MonitorPoint& point : result.points)
        for (const MonitorFigure& figure : point.mechanisms)
            if (!figure.median)
                text += fmt::format("Not measured: {} with {} descriptors: {}.\n", figure.mechanism,
                                    grouped(point.descriptors), figure.not_measured);
    return text;
}

std::string once_text(const MonitorResult& result) {
    std::vector<std::string_view> once;
    for (const Mechanism& mechanism : monitor_mechanisms())
        if (!mechanism.reports_again &&
            std::ranges::find(result.points.front().mechanisms, mechanism.name, &MonitorFigure::mechanism) !=
                result.points.front().mechanisms.end())
            once.push_back(mechanism.name);
    if (once.empty()) return "";
    return fmt::format("Not measured: {}, for which nothing stays ready, because they report each change once.\n",
                       fmt::join(once, " and "));
}

}  // namespace

std::string text_of(const MonitorResult& result, const Terminal& terminal) {
    const auto descriptors = [](const MonitorPoint& point) { return grouped(point.descriptors); };
    const auto share = [](const ActivePoint& point) { return fmt::format("{:.0f} %", point.share * 100); };
    std::string text;
    if (!result.points.empty()) {
        text += wrap_paragraph("CPU µs per operation (make one descriptor ready, wait, read), by number of descriptors",
                               terminal);
        text += table_of(result.points, 2, descriptors, terminal);
        text += wrap_paragraph(growth_text(result) + omissions_text(result), terminal);
    }
    if (!result.active.empty()) {
        text += '\n';
        text += wrap_paragraph(
            fmt::format("CPU ns of a wait per reported event, by share of {} descriptors that stay ready",
                        grouped(result.active.front().descriptors)),
            terminal);
        text += table_of(result.active, 1, share, terminal);
        text += wrap_paragraph(crossing_text(result) + (result.points.empty() ? "" : once_text(result)), terminal);
    }
    return text;
}

}  // namespace iomux::compare
