#include "compare/results/ranking_json.hpp"

#include <boost/json.hpp>
#include <stdexcept>

namespace iomux::compare {

boost::json::object json_of(const Ranking& ranking) {
    using boost::json::array;
    return {{"best", ranking.best()},
            {"not_told_apart", array(ranking.not_told_apart.begin(), ranking.not_told_apart.end())},
            {"order", array(ranking.order.begin(), ranking.order.end())}};
}

Ranking ranking_of(const boost::json::object& json) {
    using boost::json::value_to;
    Ranking ranking{.order = value_to<std::vector<std::string>>(json.at("order")),
                    .not_told_apart = value_to<std::vector<std::string>>(json.at("not_told_apart"))};
    if (ranking.order.empty() || json.at("best").as_string() != ranking.best())
        throw std::runtime_error("the best server of a ranking is not the first one");
    return ranking;
}

}  // namespace iomux::compare
