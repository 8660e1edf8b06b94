#include "compare/report/places.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "compare/report/axis.hpp"
#include "compare/terminal/table.hpp"

namespace iomux::compare {
namespace {

Places side_by_side(const Experiment& experiment, double left, double right) {
    Places places;
    const double step = (right - left) / static_cast<double>(experiment.points.size());
    for (const Point& point : experiment.points) {
        places.x.push_back(left + (static_cast<double>(places.x.size()) + 0.5) * step);
        places.labels.push_back(point.label);
    }
    return places;
}

}  // namespace

Places places_of(const Experiment& experiment, double left, double right) {
    constexpr double decade = 10, inset = 30, room_of_zero = 110;
    if (varied_name(experiment).empty()) return side_by_side(experiment, left, right);
    std::vector<double> values;
    for (const Point& point : experiment.points) values.push_back(point.at.front().value);
    const bool has_zero = values.front() == 0;
    const std::span<const double> others = std::span(values).subspan(has_zero ? 1 : 0);
    if (others.size() < 2 || !std::ranges::is_sorted(values)) return side_by_side(experiment, left, right);
    const Axis axis(others, decade, left + (has_zero ? room_of_zero : 0), right);
    if (!axis.is_logarithmic()) return side_by_side(experiment, left, right);
    Places places{.is_logarithmic = true};
    for (const double value : values) {
        places.x.push_back(value > 0 ? axis.at(value) : left + inset);
        places.labels.push_back(short_number(value));
    }
    if (has_zero) places.gap = (places.x[0] + places.x[1]) / 2;
    return places;
}

std::string_view varied_name(const Experiment& experiment) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 6> names{{
        {"connections", "connections"},
        {"idle", "idle connections"},
        {"rate", "messages per second, over all connections"},
        {"size", "bytes per message"},
        {"depth", "messages in flight per connection"},
        {"flooders", "clients that flood the server"},
    }};
    const std::vector<Coordinate>& at = experiment.points.front().at;
    if (at.size() != 1) return "";
    for (const auto& [name, text] : names)
        if (name == at.front().name) return text;
    return "";
}

std::string short_number(double value) { return value >= 1000 ? grouped(value) : fmt::format("{:.3g}", value); }

}  // namespace iomux::compare
