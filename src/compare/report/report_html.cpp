#include "compare/report/report_html.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <stdexcept>

#include "cli/error_text.hpp"
#include "cli/json_text.hpp"
#include "compare/report/page/page.hpp"

namespace iomux::compare {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

// The shares of the slowest messages whose latency is shown: 1 in 4/3, 1 in 2, …
constexpr std::array one_in{4.0 / 3, 2.0, 4.0, 10.0, 20.0, 40.0, 100.0, 200.0, 400.0, 1e3, 2e3, 4e3, 1e4, 1e5, 1e6};
// A latency that fewer messages reached is not shown, because it is due to chance.
constexpr double least_messages = 10;

using Histogram = std::map<std::int64_t, double>;  // number of messages by latency in nanoseconds

Histogram histogram_of(const array& rounds) {
    Histogram all;
    for (const value& round : rounds) {
        if (round.is_null()) continue;
        const object& load = round.as_object().at("load").as_object();
        const value* buckets = load.if_contains("histogram_ns");
        if (buckets == nullptr || buckets->is_null()) continue;
        for (const value& bucket : buckets->as_array())
            all[bucket.at(0).to_number<std::int64_t>()] += bucket.at(1).to_number<double>();
    }
    return all;
}

array latency_at_share(const Histogram& histogram) {
    double count = 0;
    for (const auto& [time, messages] : histogram) count += messages;
    array times;
    auto bucket = histogram.begin();
    double below = 0;  // messages in the buckets before this one
    for (const double share : one_in) {
        if (count / share < least_messages) break;
        while (below + bucket->second < count - count / share) below += bucket++->second;
        times.push_back(array{share, static_cast<double>(bucket->first) / 1e3});
    }
    return times;
}

// Other scenarios show only the percentiles that are in the medians.
bool shows_latencies(const object& scenario) {
    if (scenario.at("name") == "comparison") return true;
    const array& figures = scenario.at("figures").as_array();
    return std::ranges::find(figures, value("latency_us_p99")) != figures.end();
}

// The number of slices of a session; 0 if the rounds are windows.
std::size_t most_slices(const array& rounds) {
    std::size_t most = 0;
    for (const value& round : rounds) {
        if (round.is_null()) continue;
        const value* slices = round.as_object().if_contains("slices");
        if (slices != nullptr && slices->is_array()) most = std::max(most, slices->as_array().size());
    }
    return most;
}

// Zero if it is unknown, as the losses of service discard are.
std::uint64_t count_in(const object& counts, std::string_view name) {
    const value* count = counts.if_contains(name);
    boost::system::error_code error;
    return count == nullptr ? 0 : count->to_number<std::uint64_t>(error);
}

// How many datagrams all rounds together sent and lost; null unless some were lost.
value lost_datagrams(const array& rounds) {
    std::uint64_t sent = 0, lost = 0;
    for (const value& round : rounds) {
        if (round.is_null()) continue;
        const value* counts = round.as_object().at("load").as_object().if_contains("datagrams");
        if (counts == nullptr || !counts->is_object()) continue;
        sent += count_in(counts->get_object(), "sent");
        lost += count_in(counts->get_object(), "lost");
    }
    return lost > 0 ? value{{"sent", sent}, {"lost", lost}} : value(nullptr);
}

void shorten_server(object& server, bool with_latencies) {
    const array rounds = server.at("rounds").as_array();
    server["lost_datagrams"] = lost_datagrams(rounds);
    if (with_latencies) server["latency_at_share_us"] = latency_at_share(histogram_of(rounds));
    server["round_count"] = std::ranges::count_if(rounds, [](const value& round) { return !round.is_null(); });
    if (const std::size_t slices = most_slices(rounds); slices > 0) server["slice_count"] = slices;
    // Not drawn, and specific to the machine.
    for (const char* key : {"rounds", "path", "options", "summary", "overshadowed", "usual_threads"}) server.erase(key);
}

double with_five_digits(double number) {
    if (number == 0 || !std::isfinite(number)) return number;
    return std::strtod(fmt::format("{:.5g}", number).c_str(), nullptr);  // std::stod refuses the smallest numbers
}

void shorten(value& any) {
    if (any.is_double()) any = with_five_digits(any.get_double());
    if (any.is_array())
        for (value& element : any.get_array()) shorten(element);
    if (!any.is_object()) return;
    object known;
    for (auto& [key, element] : any.get_object()) {
        shorten(element);
        if (!element.is_null()) known[key] = std::move(element);
    }
    any = std::move(known);
}

value shortened(object results) {
    for (value& scenario : results.at("scenarios").as_array()) {
        const bool with_latencies = shows_latencies(scenario.as_object());
        for (value& point : scenario.at("points").as_array())
            for (value& server : point.at("servers").as_array()) shorten_server(server.as_object(), with_latencies);
    }
    value all = std::move(results);
    shorten(all);
    return all;
}

// Inside a script element, only "<" could end it.
std::string in_html(const std::string& json) {
    std::string text;
    text.reserve(json.size());
    for (const char letter : json)
        if (letter == '<')
            text += "\\u003c";
        else
            text += letter;
    return text;
}

std::string page_of(std::span<const std::string_view> before, const value& json,
                    std::span<const std::string_view> after) {
    std::string page;
    for (const std::string_view piece : before) page += piece;
    page += in_html(cli::json_text(json));
    for (const std::string_view piece : after) page += piece;
    return page;
}

}  // namespace

std::string html_explanation(object explanation) {
    value all = std::move(explanation);
    shorten(all);
    return page_of(explanation_before_results(), all, explanation_after_results());
}

std::string html_report(const object& results, std::string_view service_path) try {
    value shown = shortened(results);
    if (!service_path.empty()) shown.as_object()["service_path"] = service_path;
    return page_of(page_before_results(), shown, page_after_results());
} catch (const std::exception& error) {
    throw std::runtime_error(fmt::format("cannot make a page of these results: {}", cli::error_text(error)));
}

}  // namespace iomux::compare
