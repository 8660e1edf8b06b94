#include "compare/results/claims_json.hpp"

#include <boost/json.hpp>
#include <utility>

namespace iomux::compare {
namespace {

ClaimVerdict claim_verdict_of(const cli::JsonReader& json) {
    return json.named(
        {ClaimVerdict::holds, ClaimVerdict::holds_only_when, ClaimVerdict::does_not_hold, ClaimVerdict::not_measured});
}

ClaimFigure figure_of_claim(const cli::JsonReader& json) {
    ClaimFigure figure{json.at("name").text(), json.at("value").number<double>(), json.at("unit").text(), {}};
    if (json.contains("low"))
        figure.interval = Interval{json.at("low").number<double>(), json.at("high").number<double>()};
    return figure;
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

std::vector<Claim> claims_of(const cli::JsonReader& json) {
    std::vector<Claim> claims;
    for (const cli::JsonReader& one : json.elements()) {
        Claim claim{.id = one.at("id").text(),
                    .statement = one.at("claim").text(),
                    .experiment = one.at("experiment").text(),
                    .verdict = claim_verdict_of(one.at("verdict")),
                    .why = one.at("why").text()};
        for (const cli::JsonReader& figure : one.at("figures").elements())
            claim.figures.push_back(figure_of_claim(figure));
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
