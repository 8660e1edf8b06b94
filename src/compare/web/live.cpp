#include "compare/web/live.hpp"

#include <array>
#include <boost/json.hpp>

#include "compare/statistics/statistics.hpp"

namespace iomux::compare::web {
namespace {

using boost::json::object;
using boost::json::value;

constexpr std::array<std::string_view, 4> figure_names{"messages_per_second", "cpu_us_per_message", "p50_us", "p99_us"};

std::string server_of(const object& event) { return boost::json::value_to<std::string>(event.at("server")); }

object without_name(object event) {
    event.erase("event");
    return event;
}

}  // namespace

void Live::apply(const object& event) {
    const value& name = event.at("event");
    if (name == "started") {
        work_ = event.at("work");
        rounds_ = event.at("rounds");
        servers_ = event.at("servers").as_array();
    } else if (name == "step") {
        step_ = without_name(event);
        sample_ = nullptr;
    } else if (name == "sample") {
        sample_ = without_name(event);
    } else if (name == "counted") {
        system_calls_[server_of(event)] = event.at("system_calls");
    } else if (name == "measured") {
        const std::string server = server_of(event);
        ++ended_[server];
        for (const std::string_view figure : figure_names)
            if (!event.at(figure).is_null()) figures_[server][figure].push_back(event.at(figure).to_number<double>());
        if (const auto* why = event.at("failed").if_string()) failed_[server] = std::string(*why);
    }
}

void Live::end() { step_ = sample_ = nullptr; }

object Live::json() const {
    boost::json::array servers;
    for (const value& server : servers_) servers.push_back(server_json(server.as_object()));
    return {{"work", work_}, {"rounds", rounds_}, {"servers", servers}, {"step", step_}, {"sample", sample_}};
}

object Live::server_json(const object& server) const {
    object json = server;
    const std::string title = boost::json::value_to<std::string>(server.at("title"));
    const auto failed = failed_.find(title);
    json["failed"] = failed == failed_.end() ? value(nullptr) : value(failed->second);
    const auto calls = system_calls_.find(title);
    json["system_calls"] = calls == system_calls_.end() ? value(nullptr) : calls->second;
    const auto ended = ended_.find(title);
    json["rounds"] = ended == ended_.end() ? 0 : ended->second;
    const auto figures = figures_.find(title);
    for (const std::string_view name : figure_names) {
        json[name] = nullptr;
        if (figures == figures_.end()) continue;
        const auto values = figures->second.find(name);
        if (values != figures->second.end()) json[name] = median(values->second).value();
    }
    return json;
}

}  // namespace iomux::compare::web
