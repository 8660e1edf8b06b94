#include "compare/report/svg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/nearest.hpp"
#include "cli/printable.hpp"
#include "compare/comparison/point_summary.hpp"
#include "compare/report/axis.hpp"
#include "compare/report/places.hpp"
#include "compare/report/scenario_report.hpp"
#include "compare/terminal/table.hpp"
#include "compare/terminal/terminal.hpp"

// A namespace of its own, because the sources of a folder are compiled as one.
namespace iomux::compare::svg {
namespace {

constexpr double width = 900;
constexpr double margin = 24;
constexpr double left = 80, right = 730, top = 84, bottom = 430;  // of the plot; servers' names are to its right
constexpr double line_height = 17;
constexpr std::size_t characters_per_line = 132;
constexpr double log_values_from = 4;  // values that differ by this factor get a logarithmic axis

constexpr std::string_view ink = "#1c1d1f", soft = "#55585d", faint = "#e3e3de", quiet = "#5f6267";
// Six colours that colour-blind readers can tell apart. Servers of the same colour have different markers.
constexpr std::array<std::string_view, 6> colours{"#0072b2", "#d55e00", "#009e73", "#b3589a", "#8a6d00", "#3f9fd8"};
// Those that are not closed are drawn as strokes.
constexpr std::array<std::string_view, 6> markers{"M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",
                                                  "M-3.6 -3.6h7.2v7.2h-7.2z",
                                                  "M0 -5l4.8 8.4h-9.6z",
                                                  "M0 -5l5 5l-5 5l-5 -5z",
                                                  "M0 -5v10M-5 0h10M-3.5 -3.5l7 7M-3.5 3.5l7 -7",
                                                  "M-4 -4l8 8M-4 4l8 -8"};
// The servers of this project, each with a place of its own, as in chart_style.js.
constexpr std::array<std::string_view, 14> placed{
    "select",     "poll",     "epoll", "io_uring",  "callbacks",     "blocking",        "nonblocking",
    "coroutines", "epoll-et", "pool",  "readiness", "epoll-oneshot", "epoll-exclusive", "asio/blocking"};

// A server has the same place in all charts. Those that are not listed share the places that are left.
std::size_t place_of(std::string_view title) {
    std::string_view name = title;
    if (const std::size_t slash = title.find('/'); title.starts_with("asio-") && slash != title.npos) {
        name = title.substr(slash + 1);
        if (name == "blocking") name = "asio/blocking";
    }
    if (const auto* const found = std::ranges::find(placed, name); found != placed.end())
        return static_cast<std::size_t>(found - placed.begin());
    std::size_t hash = 0;
    for (const char letter : title) hash = (31 * hash + static_cast<unsigned char>(letter)) % 65521;
    return placed.size() + hash % (colours.size() * markers.size() - placed.size());
}

std::string escaped(std::string_view text) {
    std::string safe;
    for (const char letter : text) switch (letter) {
            case '&': safe += "&amp;"; break;
            case '<': safe += "&lt;"; break;
            case '>': safe += "&gt;"; break;
            case '"': safe += "&quot;"; break;
            default: safe += letter;
        }
    return safe;
}

std::string text_at(double x, double y, std::string_view attributes, std::string_view text) {
    return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" {}>{}</text>\n", x, y, attributes, escaped(text));
}

std::string soft_text_at(double x, double y, std::string_view anchor, std::string_view text) {
    return text_at(x, y, fmt::format("text-anchor=\"{}\" fill=\"{}\"", anchor, soft), text);
}

std::string line_between(double x1, double y1, double x2, double y2, std::string_view colour) {
    return fmt::format("<path d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\" stroke=\"{}\"/>\n", x1, y1, x2, y2, colour);
}

// A server's median at one point, and its confidence interval.
struct Mark {
    double x;
    double value;
    std::optional<Interval> interval;
};

struct Line {
    std::string name;
    std::string_view colour;
    std::string_view dashes;  // empty: it is solid
    std::string_view marker;
    std::vector<Mark> marks = {};  // at the points at which the server was measured; at least one
};

std::optional<Mark> mark_of(const Point& point, const ServerResult& row, Figure figure, double x) {
    std::optional<Estimate> estimate = estimate_of(row, point.of(row), figure);
    if (!estimate) return std::nullopt;
    if (figure == Figure::idle_memory) {
        estimate->value /= 1024;
        if (estimate->interval) estimate->interval = {estimate->interval->low / 1024, estimate->interval->high / 1024};
    }
    return Mark{x, estimate->value, estimate->interval};
}

// The dashes of a line show its program, as in the HTML report.
std::string_view dashes_of(const ServerSpec& spec) {
    if (is_minimal(spec)) return "2 4";
    if (spec.program == "raw") return "";
    return spec.program == "asio" ? "7 3" : "3 2";
}

std::vector<Line> lines_of(const Experiment& experiment, const Places& places) {
    std::vector<Line> lines;
    for (std::size_t i = 0; i < experiment.points.front().rows.size(); ++i) {
        const ServerSpec& spec = experiment.points.front().rows[i].spec;
        const bool minimal = is_minimal(spec);
        const std::size_t place = minimal ? 0 : place_of(spec.title());
        Line line{spec.title(), minimal ? quiet : colours[place % colours.size()], dashes_of(spec),
                  markers[(place + place / colours.size()) % markers.size()]};
        for (std::size_t p = 0; p < experiment.points.size(); ++p)
            if (const auto mark = mark_of(experiment.points[p], experiment.points[p].rows[i],
                                          experiment.figures.front(), places.x[p]))
                line.marks.push_back(*mark);
        if (!line.marks.empty()) lines.push_back(std::move(line));
    }
    return lines;
}

class Chart {
public:
    Chart(const Results& results, const Experiment& experiment)
        : environment_(results.environment), experiment_(experiment), places_(places_of(experiment, left, right)) {
        lines_ = lines_of(experiment, places_);
        if (lines_.empty()) throw std::runtime_error(fmt::format("{}: no server was measured", experiment.name));
    }

    std::string text() const {
        const Axis axis = value_axis();
        std::string body = text_at(margin, 34, "font-size=\"20\" font-weight=\"600\"", experiment_.question) +
                           soft_text_at(margin, 58, "start", subtitle(axis)) + value_ticks(axis) + places();
        for (const Line& line : lines_) body += drawn(line, axis);
        body += names(axis);
        double height = bottom + 78;
        for (const std::string& line : notes()) {
            body += soft_text_at(margin, height, "start", line);
            height += line_height;
        }
        return fmt::format(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" "
            "role=\"img\" font-family=\"system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif\" "
            "font-size=\"13\" fill=\"{2}\">\n<title>{3}</title>\n"
            "<rect width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>\n{4}</svg>\n",
            width, height, ink, escaped(experiment_.question), body);
    }

private:
    Figure figure() const { return experiment_.figures.front(); }

    std::string baselines() const {
        std::vector<std::string> titles;
        for (const Point& point : experiment_.points)
            if (const ServerResult* baseline = point.baseline();
                baseline != nullptr && std::ranges::find(titles, baseline->spec.title()) == titles.end())
                titles.push_back(baseline->spec.title());
        return fmt::format("{}", fmt::join(titles, " or "));
    }

    std::string value_name() const {
        switch (figure()) {
            case Figure::cpu: return fmt::format("CPU time per message, as a multiple of {}'s", baselines());
            case Figure::rate: return "Messages per second";
            case Figure::p50: return "Median latency, µs";
            case Figure::p99: return "p99 latency, µs";
            case Figure::p99_9: return "p99.9 latency, µs";
            case Figure::idle_memory: return "Memory per idle connection, KiB";
            case Figure::system_calls: return "System calls per message";
        }
        return "";
    }

    std::string subtitle(const Axis& axis) const {
        const bool has_intervals = std::ranges::any_of(lines_, [](const Line& line) {
            return std::ranges::any_of(line.marks, [](const Mark& mark) { return mark.interval.has_value(); });
        });
        return fmt::format("{}{}{}", value_name(), axis.is_logarithmic() ? " (logarithmic)" : "",
                           has_intervals ? ". Bars: 95 % confidence intervals" : "");
    }

    Axis value_axis() const {
        std::vector<double> values;
        for (const Line& line : lines_)
            for (const Mark& mark : line.marks) {
                values.push_back(mark.value);
                if (mark.interval) values.insert(values.end(), {mark.interval->low, mark.interval->high});
            }
        return {values, log_values_from, bottom, top};
    }

    std::string value_ticks(const Axis& axis) const {
        std::string text;
        for (const double value : axis.ticks()) {
            text += line_between(left, axis.at(value), right, axis.at(value), faint);
            text += soft_text_at(left - 10, axis.at(value) + 4.5, "end",
                                 short_number(value) + (figure() == Figure::cpu ? " ×" : ""));
        }
        return text;
    }

    std::string places() const {
        std::string text = line_between(left, bottom, right, bottom, soft);
        for (std::size_t i = 0; i < places_.x.size(); ++i) {
            text += line_between(places_.x[i], bottom, places_.x[i], bottom + 5, soft);
            text += soft_text_at(places_.x[i], bottom + 21, "middle", places_.labels[i]);
        }
        if (places_.gap)
            text += fmt::format(
                "<path d=\"M{0:.1f} {1:.1f}h8\" stroke=\"#ffffff\" stroke-width=\"3\"/>\n"
                "<path d=\"M{2:.1f} {3:.1f}l5 -10m3 10l5 -10\" stroke=\"{4}\" fill=\"none\"/>\n",
                *places_.gap - 4, bottom, *places_.gap - 6.5, bottom + 5, soft);
        const std::string_view name = varied_name(experiment_);
        if (name.empty()) return text;
        return text + text_at((left + right) / 2, bottom + 44, "text-anchor=\"middle\"",
                              fmt::format("{}{}", name, places_.is_logarithmic ? " (logarithmic)" : ""));
    }

    static std::string drawn(const Line& line, const Axis& axis) {
        const std::string paint = line.marker.ends_with('z')
                                      ? fmt::format("fill=\"{}\"", line.colour)
                                      : fmt::format("fill=\"none\" stroke=\"{}\" stroke-width=\"1.6\"", line.colour);
        std::string path, bars, shapes;
        for (const Mark& mark : line.marks) {
            path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", mark.x, axis.at(mark.value));
            shapes += fmt::format("<path transform=\"translate({:.1f} {:.1f})\" d=\"{}\" {}/>\n", mark.x,
                                  axis.at(mark.value), line.marker, paint);
            if (mark.interval && mark.interval->high > mark.interval->low)
                bars += fmt::format("M{0:.1f} {1:.1f}h8m-4 0V{2:.1f}m-4 0h8", mark.x - 4, axis.at(mark.interval->low),
                                    axis.at(mark.interval->high));
        }
        const std::string dashes = line.dashes.empty() ? "" : fmt::format(" stroke-dasharray=\"{}\"", line.dashes);
        return fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"{}/>\n", path, line.colour,
                           dashes) +
               (bars.empty() ? ""
                             : fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.3\"/>\n", bars,
                                           line.colour)) +
               shapes;
    }

    bool is_just_below_another(const Line& line, const Axis& axis) const {
        const Mark& end = line.marks.back();
        return std::ranges::any_of(lines_, [&](const Line& other) {
            return std::ranges::any_of(other.marks, [&](const Mark& mark) {
                const double distance = axis.at(end.value) - axis.at(mark.value);
                return mark.x == end.x && distance > 0 && distance < 2 * line_height;
            });
        });
    }

    // A line that reaches the last point has its name in the margin. Another has it at its end, on the side that is
    // free.
    std::string names(const Axis& axis) const {
        std::vector<const Line*> in_margin;
        std::string text;
        for (const Line& line : lines_) {
            const Mark& end = line.marks.back();
            if (end.x == places_.x.back())
                in_margin.push_back(&line);
            else
                text += text_at(end.x + 9, axis.at(end.value) + (is_just_below_another(line, axis) ? 18 : -7),
                                fmt::format("fill=\"{}\" font-weight=\"600\" stroke=\"#ffffff\" stroke-width=\"4\" "
                                            "stroke-linejoin=\"round\" paint-order=\"stroke\"",
                                            line.colour),
                                line.name);
        }
        const auto height_of = [&](const Line* line) { return axis.at(line->marks.back().value); };
        std::ranges::stable_sort(in_margin, {}, height_of);
        std::vector<double> heights;
        for (const Line* line : in_margin) heights.push_back(height_of(line));
        spread(heights, line_height, top);
        for (std::size_t i = 0; i < in_margin.size(); ++i) {
            const Line& line = *in_margin[i];
            text += fmt::format("<path d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\" stroke=\"{}\" stroke-opacity=\"0.5\"/>\n",
                                line.marks.back().x + 7, height_of(&line), right + 16, heights[i], line.colour);
            text += text_at(right + 20, heights[i] + 4.5, fmt::format("fill=\"{}\" font-weight=\"600\"", line.colour),
                            line.name);
        }
        return text;
    }

    // Why servers are missing, from the first point on at which they are.
    std::vector<std::string> missing() const {
        std::vector<std::string> texts;
        for (std::size_t i = 0; i < experiment_.points.front().rows.size(); ++i)
            for (const Point& point : experiment_.points) {
                const ServerResult& row = point.rows[i];
                if (!row.skipped && !row.failed) continue;
                texts.push_back(fmt::format("{} is missing from {} on: {}.", row.spec.title(), point.label,
                                            row.failed ? *row.failed : *row.skipped));
                break;
            }
        return texts;
    }

    std::string conditions() const {
        std::string text = conditions_text(experiment_);
        for (const char* key : {"cpu", "kernel"})
            if (const auto* value = environment_.if_contains(key); value != nullptr && value->is_string())
                text += fmt::format("; {}", std::string_view(value->get_string()));
        return text + ".";
    }

    std::vector<std::string> notes() const {
        std::vector<std::string> texts = missing();
        texts.push_back(conditions());
        std::vector<std::string> lines;
        for (const std::string& text : texts) {
            std::istringstream broken(wrapped("", text, characters_per_line));
            for (std::string line; std::getline(broken, line);) lines.push_back(line);
        }
        return lines;
    }

    const boost::json::object& environment_;
    const Experiment& experiment_;
    Places places_;
    std::vector<Line> lines_;
};

}  // namespace
}  // namespace iomux::compare::svg

namespace iomux::compare {

const Experiment& scenario_to_draw(const Results& results, const std::optional<std::string>& name) {
    const auto found = std::ranges::find_if(results.experiments, [&](const Experiment& experiment) {
        return name ? experiment.name == *name : experiment.points.size() > 1;
    });
    if (found == results.experiments.end() && !name)
        throw std::runtime_error("the results have no scenario with two points or more, as a chart needs");
    if (found == results.experiments.end()) {
        std::vector<std::string_view> names;
        for (const Experiment& experiment : results.experiments) names.push_back(experiment.name);
        throw std::runtime_error("in these results there is " + cli::not_known("scenario", *name, names));
    }
    if (found->points.size() < 2)
        throw std::runtime_error(fmt::format("{} has only one point; a chart needs two or more", found->name));
    return *found;
}

std::string svg_chart(const Results& results, const Experiment& experiment) {
    return cli::well_formed_text(svg::Chart(results, experiment).text());
}

}  // namespace iomux::compare
