#include "compare/results/upgrade.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <span>
#include <string_view>
#include <utility>

#include "cli/json_text.hpp"
#include "cli/printable.hpp"
#include "compare/results/results_json.hpp"

namespace iomux::compare {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

struct NewName {
    std::string_view old_name, new_name;
};

// The members and figures that version 2 has renamed.
constexpr std::array names_of_version_2{
    NewName{"a_message", "per_message"},
    NewName{"all_a_message", "all_per_message"},
    NewName{"waits_a_message", "waits_per_message"},
    NewName{"cpu_us_a_message", "cpu_us_per_message"},
    NewName{"user_us_a_message", "user_us_per_message"},
    NewName{"system_us_a_message", "system_us_per_message"},
    NewName{"core_softirq_us_a_message", "core_softirq_us_per_message"},
    NewName{"context_switches_a_message", "context_switches_per_message"},
    NewName{"system_calls_a_message", "system_calls_per_message"},
    NewName{"events_a_wait", "events_per_wait"},
    NewName{"ns_an_event", "ns_per_event"},
    NewName{"flight", "in_flight_ratio"},
    NewName{"handling", "simulated_work"},
};

// Verdicts on ratios and costs.
constexpr std::array verdicts_of_version_2{
    NewName{"too few rounds", "too few to tell"},
    NewName{"no difference", "not told apart"},
};

std::string_view new_name(std::string_view name, std::span<const NewName> names = names_of_version_2) {
    const auto found = std::ranges::find(names, name, &NewName::old_name);
    return found == names.end() ? name : found->new_name;
}

// Objects with names that are not of this format: of the machine, of the load generator, of the servers, of the kernel.
bool has_names_of_others(std::string_view member) {
    return member == "environment" || member == "load" || member == "server_counters" || member == "a_message";
}

void rename_members(object& json);

// The new names of what the member's texts can be.
std::span<const NewName> names_in(std::string_view member) {
    if (member == "figure" || member == "figures") return names_of_version_2;
    if (member == "verdict") return verdicts_of_version_2;
    return {};
}

void rename_in(value& json, std::span<const NewName> names) {
    if (json.is_object()) rename_members(json.as_object());
    if (json.is_array())
        for (value& element : json.as_array()) rename_in(element, names);
    if (json.is_string()) json = new_name(json.as_string(), names);
}

void rename_members(object& json) {
    object renamed(json.storage());
    renamed.reserve(json.size());
    for (auto& [name, member] : json) {
        if (!has_names_of_others(name)) rename_in(member, names_in(name));
        renamed.emplace(new_name(name), std::move(member));
    }
    json = std::move(renamed);
}

void add_unknown(value& json, std::string_view member) {
    if (object* const members = json.if_object()) members->emplace(member, nullptr);
}

value* find_in(value& json, std::string_view member) {
    object* const members = json.if_object();
    return members != nullptr ? members->if_contains(member) : nullptr;
}

// None if there is no such array: then the results are refused when they are read.
std::span<value> elements_of(value* json) {
    array* const list = json != nullptr ? json->if_array() : nullptr;
    return list != nullptr ? std::span(list->data(), list->size()) : std::span<value>();
}

void add_members_of_sessions_to_server(value& server) {
    for (value& round : elements_of(find_in(server, "rounds"))) add_unknown(round, "slices");
    if (value* const medians = find_in(server, "medians"))
        if (value* const ratio = find_in(*medians, "ratio")) add_unknown(*ratio, "spread");
}

// The members that version 2 has added. Version 1 measured in windows only.
void add_members_of_sessions(object& results) {
    results.emplace("partial", false);
    if (value* const options = results.if_contains("options")) add_unknown(*options, "sessions");
    for (value& scenario : elements_of(results.if_contains("scenarios")))
        for (value& point : elements_of(find_in(scenario, "points"))) {
            add_unknown(point, "slice_seconds");
            add_unknown(point, "why_windows");
            for (value& server : elements_of(find_in(point, "servers"))) add_members_of_sessions_to_server(server);
        }
}

}  // namespace

void upgrade(object& results) {
    value* const version = results.if_contains("version");
    if (version != nullptr && *version == results_version) return;
    if (version == nullptr || *version != oldest_results_version)
        throw UnreadableVersion(fmt::format(
            "only results of versions {} and {} can be read; these have {}", oldest_results_version, results_version,
            version == nullptr ? "no version" : "version " + cli::excerpt(cli::json_text(*version))));
    *version = results_version;
    rename_members(results);
    add_members_of_sessions(results);
    if (value* const environment = results.if_contains("environment"); environment && environment->is_object())
        environment->as_object()["machine_check"] = nullptr;
}

}  // namespace iomux::compare
