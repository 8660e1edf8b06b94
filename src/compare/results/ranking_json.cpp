#include "compare/results/ranking_json.hpp"

#include <boost/json.hpp>

namespace iomux::compare {

boost::json::object json_of(const Ranking& ranking) {
    using boost::json::array;
    return {{"best", ranking.best()},
            {"not_told_apart", array(ranking.not_told_apart.begin(), ranking.not_told_apart.end())},
            {"order", array(ranking.order.begin(), ranking.order.end())}};
}

Ranking ranking_of(const cli::JsonReader& json) {
    Ranking ranking{.order = json.at("order").texts(), .not_told_apart = json.at("not_told_apart").texts()};
    if (ranking.order.empty()) json.at("order").refuse("it is empty");
    if (json.at("best").text() != ranking.best()) json.at("best").refuse("it is not the first server of the order");
    return ranking;
}

}  // namespace iomux::compare
