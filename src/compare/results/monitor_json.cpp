#include "compare/results/monitor_json.hpp"

#include <boost/json.hpp>

namespace iomux::compare {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

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

std::vector<MonitorFigure> figures_of(const value& point, std::string_view unit) {
    std::vector<MonitorFigure> figures;
    for (const value& one : point.at("mechanisms").as_array()) {
        const object& json = one.as_object();
        MonitorFigure figure{.mechanism = std::string(json.at("name").as_string())};
        if (const value* why = json.if_contains("not_measured")) {
            figure.not_measured = why->as_string();
        } else {
            figure.median = json.at(unit).to_number<double>();
            if (!json.at("low").is_null())
                figure.interval = Interval{json.at("low").to_number<double>(), json.at("high").to_number<double>()};
        }
        figures.push_back(std::move(figure));
    }
    return figures;
}

}  // namespace

MonitorResult monitor_of(const object& json) {
    MonitorResult result;
    for (const value& point : json.at("points").as_array())
        result.points.push_back({point.at("descriptors").to_number<std::size_t>(), figures_of(point, "us")});
    for (const value& point : json.at("active").as_array())
        result.active.push_back({point.at("descriptors").to_number<std::size_t>(),
                                 point.at("share").to_number<double>(), figures_of(point, "ns_an_event")});
    return result;
}

object json_of(const MonitorResult& result) {
    array points;
    for (const MonitorPoint& point : result.points)
        points.push_back({{"descriptors", point.descriptors}, {"mechanisms", json_of(point.mechanisms, "us")}});
    array active;
    for (const ActivePoint& point : result.active)
        active.push_back({{"descriptors", point.descriptors},
                          {"share", point.share},
                          {"mechanisms", json_of(point.mechanisms, "ns_an_event")}});
    return {{"unit", "µs an operation"}, {"points", std::move(points)}, {"active", std::move(active)}};
}

}  // namespace iomux::compare
