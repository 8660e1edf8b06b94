#include "compare/report/warnings_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "compare/comparison/point_summary.hpp"
#include "compare/comparison/ranking_text.hpp"

namespace iomux::compare {
namespace {

using WarningKind = RatioWarning::Kind;

struct Meaning {
    WarningKind kind;
    std::string_view text;
};

constexpr std::array meanings{
    Meaning{WarningKind::bursts,
            "the cost, of the server or of the baseline, has bursts that the trimmed mean leaves out (a garbage "
            "collector, for example). The ratio with them"},
    Meaning{WarningKind::groups,
            "the sessions fall into two groups, so the ratio describes neither. The gap between them"},
    Meaning{WarningKind::autocorrelation,
            "each session resembles the one before it, so the interval is too narrow. Autocorrelation"},
    Meaning{WarningKind::trend,
            "the ratio changes within a session, so it depends on the length of a session. From the first cycle to "
            "the last"}};

std::string value_text(const RatioWarning& warning) {
    switch (warning.kind) {
        case WarningKind::bursts:
        case WarningKind::autocorrelation: return fmt::format("{:.2f}", warning.value);
        case WarningKind::groups: return fmt::format("{:.1f} %", 100 * warning.value);
        case WarningKind::trend: return fmt::format("{:+.1f} %", 100 * warning.value);
    }
    return "";
}

// ` (100 idle)` if there are several points.
std::string where_text(const Point& point, std::span<const Point> points) {
    return points.size() > 1 ? fmt::format(" ({})", point.label) : "";
}

// `epoll 1.08`, or `epoll (100 idle) 1.08` if there are several points.
std::vector<std::string> rows_with(WarningKind kind, std::span<const Point> points) {
    std::vector<std::string> rows;
    for (const Point& point : points)
        for (const ServerResult& row : point.rows) {
            const std::optional<Medians>& medians = point.of(row).medians;
            if (!medians || !medians->ratio) continue;
            for (const RatioWarning& warning : medians->ratio->warnings)
                if (warning.kind == kind)
                    rows.push_back(
                        fmt::format("{}{} {}", row.spec.title(), where_text(point, points), value_text(warning)));
        }
    return rows;
}

// `epoll`, or `epoll (100 idle)` if there are several points.
std::vector<std::string> rows_with_pooled(Figure percentile, std::span<const Point> points) {
    std::vector<std::string> rows;
    for (const Point& point : points)
        for (const ServerResult& row : point.rows) {
            const std::vector<Figure> pooled = pooled_percentiles(row, point.of(row));
            if (std::ranges::find(pooled, percentile) != pooled.end())
                rows.push_back(row.spec.title() + where_text(point, points));
        }
    return rows;
}

}  // namespace

std::string ratio_warnings(std::span<const Point> points) {
    std::string text;
    for (const auto& [kind, meaning] : meanings)
        if (const std::vector<std::string> rows = rows_with(kind, points); !rows.empty())
            text += fmt::format("Warning: {}: {}.\n", meaning, fmt::join(rows, ", "));
    return text;
}

std::string on_pooled_percentiles(std::span<const Point> points, std::span<const Figure> figures) {
    std::string text;
    for (const Figure figure : figures)
        if (const std::vector<std::string> rows = rows_with_pooled(figure, points); !rows.empty())
            text += fmt::format(
                "{}: of the messages of all rounds together, because some rounds have too few for one of their own: "
                "{}.\n",
                title_of(figure), fmt::join(rows, ", "));
    return text;
}

}  // namespace iomux::compare
