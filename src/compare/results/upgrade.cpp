#include "compare/results/upgrade.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <string_view>
#include <utility>

#include "compare/results/results_json.hpp"

namespace iomux::compare {
namespace {

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

std::string_view new_name(std::string_view name) {
    const auto found = std::ranges::find(names_of_version_2, name, &NewName::old_name);
    return found == names_of_version_2.end() ? name : found->new_name;
}

// Objects with names that are not of this format: of the machine, of the load generator, of the servers, of the kernel.
bool has_names_of_others(std::string_view member) {
    return member == "environment" || member == "load" || member == "server_counters" || member == "a_message";
}

void rename_members(object& json);

// Texts that name a figure are in the members `figure` and `figures`.
void rename_in(value& json, bool names_figures) {
    if (json.is_object()) rename_members(json.as_object());
    if (json.is_array())
        for (value& element : json.as_array()) rename_in(element, names_figures);
    if (json.is_string() && names_figures) json = new_name(json.as_string());
}

void rename_members(object& json) {
    object renamed(json.storage());
    renamed.reserve(json.size());
    for (auto& [name, member] : json) {
        if (!has_names_of_others(name)) rename_in(member, name == "figure" || name == "figures");
        renamed.emplace(new_name(name), std::move(member));
    }
    json = std::move(renamed);
}

}  // namespace

void upgrade(object& results) {
    value& version = results.at("version");
    if (version == results_version) return;
    if (version != oldest_results_version)
        throw UnreadableVersion(fmt::format("only results of versions {} and {} can be read; these have version {}",
                                            oldest_results_version, results_version, boost::json::serialize(version)));
    version = results_version;
    rename_members(results);
    if (value* environment = results.if_contains("environment")) environment->as_object()["machine_check"] = nullptr;
}

}  // namespace iomux::compare
