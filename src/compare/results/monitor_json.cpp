#include "compare/results/monitor_json.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "compare/results/ranking_json.hpp"

namespace iomux::compare {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using cli::JsonReader;

array json_of(const std::vector<MonitorFigure>& figures, std::string_view unit) {
    array each;
    for (const MonitorFigure& figure : figures) {
        if (!figure.median) {
            each.push_back({{"name", figure.mechanism}, {"not_measured", figure.not_measured}});
            continue;
        }
        each.push_back({{"name", figure.mechanism},
                        {unit, *figure.median},
                        {"low", figure.interval ? value(figure.interval->low) : value(nullptr)},
                        {"high", figure.interval ? value(figure.interval->high) : value(nullptr)}});
    }
    return each;
}

// Older results name edge-triggered epoll with an underscore.
std::string mechanism_of(std::string_view name) { return std::string(name == "epoll_et" ? "epoll-et" : name); }

std::vector<MonitorFigure> figures_of(const JsonReader& point, std::string_view unit) {
    std::vector<MonitorFigure> figures;
    for (const JsonReader& json : point.at("mechanisms").elements()) {
        MonitorFigure figure{.mechanism = mechanism_of(json.at("name").text())};
        if (json.contains("not_measured")) {
            figure.not_measured = json.at("not_measured").text();
        } else {
            figure.median = json.at(unit).number<double>();
            if (!json.at("low").is_null())
                figure.interval = Interval{json.at("low").number<double>(), json.at("high").number<double>()};
        }
        figures.push_back(std::move(figure));
    }
    return figures;
}

// Which mechanism is cheapest, if one was measured.
void add_ranking(object& point, const std::vector<MonitorFigure>& figures) {
    std::vector<Standing> standings;
    for (const MonitorFigure& figure : figures)
        if (figure.median) standings.push_back({figure.mechanism, {*figure.median, figure.interval}});
    point["ranking"] = standings.empty() ? value(nullptr) : value(json_of(rank(std::move(standings), Better::less)));
}

template <class Point>
object point_json(const Point& point, std::string_view unit) {
    object json{{"descriptors", point.descriptors}, {"mechanisms", json_of(point.mechanisms, unit)}};
    add_ranking(json, point.mechanisms);
    return json;
}

bool all_have_ranking(const JsonReader& points) {
    return std::ranges::all_of(points.elements(), [](const JsonReader& point) { return point.contains("ranking"); });
}

}  // namespace

bool has_rankings(const JsonReader& json) {
    return all_have_ranking(json.at("points")) && all_have_ranking(json.at("active"));
}

MonitorResult monitor_of(const JsonReader& json) {
    MonitorResult result;
    for (const JsonReader& point : json.at("points").elements())
        result.points.push_back({point.at("descriptors").number<std::size_t>(), figures_of(point, "us")});
    for (const JsonReader& point : json.at("active").elements())
        result.active.push_back({point.at("descriptors").number<std::size_t>(), point.at("share").number<double>(),
                                 figures_of(point, "ns_per_event")});
    return result;
}

object json_of(const MonitorResult& result) {
    array points;
    for (const MonitorPoint& point : result.points) points.push_back(point_json(point, "us"));
    array active;
    for (const ActivePoint& point : result.active) {
        object json = point_json(point, "ns_per_event");
        json["share"] = point.share;
        active.push_back(std::move(json));
    }
    return {{"unit", "µs an operation"}, {"points", std::move(points)}, {"active", std::move(active)}};
}

}  // namespace iomux::compare
