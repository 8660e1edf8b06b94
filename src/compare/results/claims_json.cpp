#include "compare/results/claims_json.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <stdexcept>

namespace iomux::compare {
namespace {

ClaimVerdict verdict_named(std::string_view name) {
    for (const ClaimVerdict verdict :
         {ClaimVerdict::holds, ClaimVerdict::holds_only_when, ClaimVerdict::does_not_hold, ClaimVerdict::not_measured})
        if (name_of(verdict) == name) return verdict;
    throw std::runtime_error(fmt::format("unknown verdict '{}'", name));
}

// Nothing if the figure has none.
std::optional<Interval> figure_interval(const boost::json::object& figure) {
    if (!figure.contains("low")) return std::nullopt;
    return Interval{figure.at("low").to_number<double>(), figure.at("high").to_number<double>()};
}

boost::json::object json_of(const ClaimFigure& figure) {
    boost::json::object json{{"name", figure.name}, {"value", figure.value}, {"unit", figure.unit}};
    if (figure.interval) {
        json["low"] = figure.interval->low;
        json["high"] = figure.interval->high;
    }
    return json;
}

}  // namespace

std::vector<Claim> claims_of(const boost::json::array& json) {
    const auto text = [](const boost::json::value& value) { return std::string(value.as_string()); };
    std::vector<Claim> claims;
    for (const boost::json::value& one : json) {
        Claim claim{.id = text(one.at("id")),
                    .statement = text(one.at("claim")),
                    .experiment = text(one.at("experiment")),
                    .verdict = verdict_named(text(one.at("verdict"))),
                    .why = text(one.at("why"))};
        for (const boost::json::value& figure : one.at("figures").as_array())
            claim.figures.push_back({text(figure.at("name")), figure.at("value").to_number<double>(),
                                     text(figure.at("unit")), figure_interval(figure.as_object())});
        claims.push_back(std::move(claim));
    }
    return claims;
}

boost::json::array json_of(std::span<const Claim> claims) {
    boost::json::array array;
    for (const Claim& claim : claims) {
        boost::json::array figures;
        for (const ClaimFigure& figure : claim.figures) figures.push_back(json_of(figure));
        array.push_back({{"id", claim.id},
                         {"claim", claim.statement},
                         {"experiment", claim.experiment},
                         {"figures", std::move(figures)},
                         {"verdict", name_of(claim.verdict)},
                         {"why", claim.why}});
    }
    return array;
}

boost::json::object json_of(std::span<const Claim> claims, boost::json::object environment) {
    return {{"format", "iomux-claims"},
            {"version", 1},
            {"environment", std::move(environment)},
            {"claims", json_of(claims)}};
}

}  // namespace iomux::compare
