#include "compare/web/live.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "compare/statistics/statistics.hpp"

namespace iomux::compare::web {
namespace {

using boost::json::object;
using boost::json::value;

constexpr std::array<std::string_view, 4> figure_names{"messages_per_second", "cpu_us_per_message", "p50_us", "p99_us"};

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
        window_seconds_ = event.at("window_seconds");
        if (event.at("in_sessions") == true) sessions_ = 0;
        for (const value& server : event.at("servers").as_array()) {
            titles_.push_back(boost::json::value_to<std::string>(server.at("title")));
            servers_[titles_.back()].started = server.as_object();
        }
        scenario_ = event.at("scenario");
        if (!scenario_.is_null())
            for (value& point : scenario_.at("points").as_array()) {
                point.as_object()["sessions"] = 0;
                point.as_object()["baseline"] = nullptr;
                point.as_object()["verdict"] = nullptr;
                point.as_object()["servers"] = boost::json::array();
            }
    } else if (name == "point") {
        turn_to_point(event.at("point").to_number<std::uint64_t>());
    } else if (name == "step") {
        step_ = without_name(event);
        seconds_ = std::max(seconds_, event.at("seconds_left").to_number<std::int64_t>());
        sample_ = nullptr;
    } else if (name == "counted") {
        server_of(event).system_calls = event.at("system_calls");
    } else if (name == "slices") {
        slices_ = without_name(event);
    } else if (name == "session") {
        apply_session(event);
    } else if (name == "round") {
        sessions_ = nullptr;  // the work may not allow the sessions that the run began with
    } else if (name == "sample") {
        sample_ = without_name(event);
    } else if (name == "measured") {
        apply_round(event);
    }
}

object& Live::current_point() {
    return scenario_.at("points").as_array().at(point_.to_number<std::uint64_t>() - 1).as_object();
}

// The point may already have had sessions.
void Live::turn_to_point(std::uint64_t number) {
    point_ = number;
    const object& point = current_point();
    if (!sessions_.is_null()) sessions_ = point.at("sessions");
    baseline_ = point.at("baseline");
    verdict_ = point.at("verdict");
    sample_ = slices_ = latest_ = nullptr;
    for (auto& [title, server] : servers_) {
        server.rounds.clear();
        server.so_far.clear();
        server.ended = 0;
    }
    for (const value& one : point.at("servers").as_array()) {
        Server& server = server_of(one.as_object());
        server.so_far = without_name(one.as_object());
        server.so_far.erase("server");
        server.ended = point.at("sessions").to_number<std::uint64_t>();
    }
}

Live::Server& Live::server_of(const object& event) {
    return servers_[boost::json::value_to<std::string>(event.at("server"))];
}

void Live::apply_round(const object& event) {
    Server& server = server_of(event);
    ++server.ended;
    for (const std::string_view figure : figure_names)
        if (!event.at(figure).is_null()) server.rounds[figure].push_back(event.at(figure).to_number<double>());
    if (event.at("failed").is_string()) server.failed = event.at("failed");
}

void Live::apply_session(const object& event) {
    sessions_ = event.at("session");
    baseline_ = event.at("baseline");
    verdict_ = event.at("verdict");
    boost::json::array latest;
    boost::json::array at_point;
    for (const value& one : event.at("servers").as_array()) {
        Server& server = server_of(one.as_object());
        server.so_far = {{"ratio", one.at("ratio")}};
        for (const std::string_view figure : figure_names) server.so_far[figure] = one.at(figure);
        server.failed = one.at("failed");
        if (server.failed.is_null()) server.ended = sessions_.to_number<std::uint64_t>();
        object figures = server.so_far;
        figures["server"] = one.at("server");
        figures["failed"] = server.failed;
        at_point.push_back(std::move(figures));
        latest.push_back(object{{"server", one.at("server")},
                                {"cpu_us_per_message", one.at("latest").at("cpu_us_per_message")},
                                {"ratio", one.at("latest").at("ratio")},
                                {"p50_us", one.at("latest").at("p50_us")},
                                {"p99_us", one.at("latest").at("p99_us")}});
    }
    latest_ = object{{"sessions", sessions_}, {"servers", std::move(latest)}};
    if (scenario_.is_null()) return;
    object& point = current_point();
    point["sessions"] = sessions_;
    point["baseline"] = baseline_;
    point["verdict"] = verdict_;
    point["servers"] = std::move(at_point);
}

void Live::end() { step_ = sample_ = slices_ = latest_ = nullptr; }

object Live::json() const {
    boost::json::array servers;
    for (const std::string& title : titles_) servers.push_back(servers_.at(title).json());
    return {{"work", work_},         {"rounds", rounds_},     {"window_seconds", window_seconds_},
            {"sessions", sessions_}, {"baseline", baseline_}, {"servers", servers},
            {"step", step_},         {"sample", sample_},     {"slices", slices_},
            {"seconds", seconds_},   {"latest", latest_},     {"scenario", scenario_},
            {"point", point_},       {"verdict", verdict_}};
}

object Live::Server::json() const {
    object json = started;
    json["failed"] = failed;
    json["system_calls"] = system_calls;
    json["rounds"] = ended;
    json["ratio"] = nullptr;
    for (const std::string_view name : figure_names) json[name] = nullptr;
    for (const auto& [name, values] : rounds) json[name] = median(values).value();
    for (const auto& member : so_far) json[member.key()] = member.value();
    return json;
}

}  // namespace iomux::compare::web
