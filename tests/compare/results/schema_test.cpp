#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "compare/results/environment.hpp"
#include "compare/results/results_json.hpp"
#include "load/report/report.hpp"
#include "results/described.hpp"
#include "results/many_kinds.hpp"
#include "results_files.hpp"

namespace iomux::compare {
namespace {

using boost::json::object;
using boost::json::value;
using Names = std::set<std::string>;

value read_schema() {
    std::ifstream file(schema_file);
    return boost::json::parse(std::string(std::istreambuf_iterator(file), {}));
}

// An object that the schema describes is identified by its place: `#/definitions/claim/figures[]` is an element of the
// `figures` of a claim.
std::string place_of(const std::string& parent, std::string_view property) {
    return parent + "/" + std::string(property);
}

// Calls `visit(place, node)` for every node of the schema that lists the properties of an object.
template <class Node, class Visit>
void each_object(const std::string& place, Node& node, const Visit& visit) {
    if (auto* definitions = node.if_contains("definitions"))
        for (auto& [name, definition] : definitions->as_object())
            each_object(place_of("#/definitions", name), definition.as_object(), visit);
    if (auto* items = node.if_contains("items")) each_object(place + "[]", items->as_object(), visit);
    if (auto* alternatives = node.if_contains("anyOf"))
        for (auto& alternative : alternatives->as_array()) each_object(place, alternative.as_object(), visit);
    if (auto* properties = node.if_contains("properties")) {
        visit(place, node);
        for (auto& [name, property] : properties->as_object())
            each_object(place_of(place, name), property.as_object(), visit);
    }
}

Names names_of(const object& json) {
    Names names;
    for (const auto& member : json) names.insert(member.key());
    return names;
}

Names required_by(const object& node) {
    Names names;
    if (const value* required = node.if_contains("required"))
        for (const value& name : required->as_array()) names.insert(std::string(name.as_string()));
    return names;
}

// Adds `place: "name" what` for each of the names that are not among the others.
void report_missing(std::vector<std::string>& differences, const std::string& place, const Names& names,
                    const Names& others, std::string_view what) {
    for (const std::string& name : names)
        if (!others.contains(name)) differences.push_back(fmt::format("{}: \"{}\" {}", place, name, what));
}

// The members that the objects at a place were written with.
struct Written {
    Names by_any, by_all;
};

// Collects them from a JSON text, whose objects it finds in the schema.
class WrittenMembers {
public:
    explicit WrittenMembers(const value& schema) : schema_(schema) {}

    void add(const std::string& place, const object& node, const value& written) {
        if (const value* reference = node.if_contains("$ref")) {
            const std::string target(reference->as_string());
            return add(target, schema_.at_pointer(target.substr(1)).as_object(), written);
        }
        if (written.is_null()) return;
        if (const value* alternatives = node.if_contains("anyOf"))
            return add(place, alternatives->at(0).as_object(), written);  // the other one is null
        if (written.is_array())
            for (const value& element : written.as_array()) add(place + "[]", node.at("items").as_object(), element);
        if (written.is_object() && node.contains("properties"))
            add_object(place, node.at("properties").as_object(), written.as_object());
    }

    const std::map<std::string, Written>& all() const { return all_; }

private:
    void add_object(const std::string& place, const object& properties, const object& written) {
        const Names names = names_of(written);
        auto [found, is_first] = all_.try_emplace(place, Written{names, names});
        if (!is_first) {
            found->second.by_any.insert(names.begin(), names.end());
            std::erase_if(found->second.by_all, [&](const std::string& name) { return !names.contains(name); });
        }
        for (const auto& [name, member] : written)
            if (const value* property = properties.if_contains(name))
                add(place_of(place, name), property->as_object(), member);
    }

    const value& schema_;
    std::map<std::string, Written> all_;
};

// Objects that other programs write. The schema has only the members that are read.
const Names written_by_others{"#/definitions/round/load", "#/definitions/round/server_counters"};

// Members that are always written but not required, because results of older versions lack them.
const std::map<std::string, Names> newer_members{
    {"#", {"brief"}},
    {"#/definitions/cost", {"same_within", "too_noisy"}},
    {"#/definitions/idle_connection", {"socket_bytes", "socket_unknown"}},
    {"#/definitions/medians", {"unsent_share", "holds_littles_law", "keeps_the_rate"}},
    {"#/definitions/monitor/active[]", {"ranking"}},
    {"#/definitions/monitor/points[]", {"ranking"}},
    {"#/definitions/point", {"rankings", "costs", "verdict"}},
    {"#/definitions/ratio", {"same_within", "warnings"}},
    {"#/definitions/reason", {"load", "ratio", "strength", "sure"}},
    {"#/definitions/round", {"server_counters"}},
    {"#/definitions/scenario", {"crossover"}},
    {"#/definitions/server", {"intervals", "pooled_percentiles", "warmup"}},
    {"#/options/sessions", {"warmup_seconds"}},
};

// How the schema differs from the JSON of these results, which have every member.
std::vector<std::string> differences_from_json(const value& schema, const Results& results) {
    WrittenMembers written(schema);
    written.add("#", schema.as_object(), json_of(results));
    std::vector<std::string> differences;
    each_object("#", schema.as_object(), [&](const std::string& place, const object& node) {
        const auto found = written.all().find(place);
        if (found == written.all().end()) return differences.push_back(place + ": is never written");
        const Names properties = names_of(node.at("properties").as_object());
        Names required = required_by(node);
        report_missing(differences, place, properties, found->second.by_any, "is in the schema, but never written");
        report_missing(differences, place, required, found->second.by_all, "is required, but not always written");
        if (written_by_others.contains(place)) return;
        if (const auto newer = newer_members.find(place); newer != newer_members.end())
            required.insert(newer->second.begin(), newer->second.end());
        report_missing(differences, place, found->second.by_any, properties, "is written, but not in the schema");
        report_missing(differences, place, found->second.by_all, required, "is always written, but not required");
    });
    return differences;
}

// The structs that an object is written from.
struct Source {
    std::string place;
    Names members;
    /// Members that are written under other names, as parts, within other objects, or not at all.
    std::map<std::string, Names> written_as = {};
    Names computed = {};  ///< What is written without being a member.
};

template <class... Structs>
Names members_of() {
    Names all;
    (all.merge(member_names<Structs>()), ...);
    return all;
}

std::vector<Source> sources() {
    const Names in_load{"load"}, in_latency{"latency_us"}, ends{"low", "high"}, nowhere;
    return {
        {"#",
         members_of<Results>(),
         {{"plan", {"options"}}, {"quick", {"options"}}, {"experiments", {"scenarios"}}},
         {"format", "version", "brief"}},
        {"#/options", members_of<Plan>(), {{"budget", {"budget_seconds"}}}, {"quick"}},
        {"#/options/sessions",
         members_of<SessionLimits>(),
         {{"slice", {"slice_seconds"}}, {"longest_slice", nowhere}, {"warmup", {"warmup_seconds"}}}},
        {"#/definitions/scenario",
         members_of<Experiment>(),
         {{"cores", {"server_cores", "load_cores"}}, {"charges_interrupts", {"interrupts_charged"}}},
         {"varies", "crossover"}},
        {"#/definitions/point",
         members_of<Point, PointSummary>(),
         {{"rows", {"servers"}}, {"slice", {"slice_seconds"}}, {"summary", nowhere}},
         {"verdict"}},
        {"#/definitions/work",
         members_of<Work>(),
         {{"size", {"size", "sizes"}}, {"warmup", {"warmup_seconds"}}, {"duration", {"seconds"}}}},
        {"#/definitions/server",
         members_of<ServerResult, ServerSpec, ServerSummary>(),
         {{"spec", nowhere},
          {"guarded", nowhere},
          {"descriptor_ceiling", nowhere},
          {"usual_max_connections", nowhere},
          {"datagrams", nowhere},
          {"own_options", nowhere},
          {"unavailable", {"skipped"}},
          {"attachment", nowhere},
          {"start_timeout", nowhere},
          {"idle_memory", {"idle_connection"}},
          {"idle_unknown", {"idle_connection_unknown"}}},
         {"title", "pooled_percentiles"}},
        {"#/definitions/server/warmup", members_of<WarmUp>(), {{"time", {"seconds"}}}},
        {"#/definitions/medians",
         members_of<Medians>(),
         {{"p50", in_latency}, {"p99", in_latency}, {"p99_9", in_latency}},
         {"holds_littles_law", "keeps_the_rate"}},
        {"#/definitions/ratio", members_of<Ratio>(), {{"interval", ends}}, {"same_within"}},
        {"#/definitions/ratio/warnings[]", members_of<RatioWarning>()},
        {"#/definitions/ranking", members_of<Ranking>(), {}, {"best"}},
        {"#/definitions/point_ranking", members_of<Ranking>(), {}, {"best", "figure"}},
        {"#/definitions/cost", members_of<Cost>(), {{"interval", ends}}, {"same_within", "too_noisy"}},
        {"#/definitions/answer", members_of<Answer>()},
        {"#/definitions/reason", members_of<Reason>(), {}, {"sure"}},
        {"#/definitions/statement", members_of<Statement>()},
        {"#/definitions/crossover", members_of<Crossover>()},
        {"#/definitions/winner", members_of<Winner>()},
        {"#/definitions/round",
         members_of<Round>(),
         {{"messages", in_load},
          {"messages_per_second", in_load},
          {"p50", in_load},
          {"p99", in_load},
          {"p99_9", in_load},
          {"mean", in_load},
          {"unsent_share", in_load},
          {"sent_in_all", in_load},
          {"load_cpu_share", in_load},
          {"window", {"window_seconds"}},
          {"process_cpu", {"process_cpu_seconds"}},
          {"spent", {"user_cpu_seconds", "system_cpu_seconds"}},
          {"switches", {"context_switches", "involuntary_switches"}},
          {"core_interrupts", {"core_irq_seconds", "core_softirq_seconds"}},
          {"server_cpu", {"server_cpu_seconds"}},
          {"counters", {"server_counters"}}},
         {"cpu_us_per_message", "server_cpu_share"}},
        {"#/definitions/idle_connection", members_of<IdleMemory>()},
        {"#/definitions/system_calls", members_of<SystemCalls>(), {}, {"waits_per_message"}},
        {"#/definitions/monitor", members_of<MonitorResult>(), {}, {"unit"}},
        {"#/definitions/monitor/points[]", members_of<MonitorPoint>(), {}, {"ranking"}},
        {"#/definitions/monitor/active[]", members_of<ActivePoint>(), {}, {"ranking"}},
        {"#/definitions/mechanism",
         members_of<MonitorFigure>(),
         {{"mechanism", {"name"}}, {"median", {"us", "ns_per_event"}}, {"interval", ends}}},
        {"#/definitions/claim", members_of<Claim>(), {{"statement", {"claim"}}}},
        {"#/definitions/claim/figures[]", members_of<ClaimFigure>(), {{"interval", ends}}},
    };
}

// Objects that are not written from a struct.
const Names without_struct{"#/environment",
                           "#/environment/limits",
                           "#/environment/machine_check",
                           "#/definitions/medians/latency_us",
                           "#/definitions/round/load",
                           "#/definitions/round/server_counters",
                           "#/definitions/server/intervals"};

Names written_names(const Source& source) {
    Names names = source.computed;
    for (const std::string& member : source.members) {
        const auto other = source.written_as.find(member);
        if (other == source.written_as.end())
            names.insert(member);
        else
            names.insert(other->second.begin(), other->second.end());
    }
    return names;
}

// How the schema differs from the members of the structs.
std::vector<std::string> differences_from_structs(const value& schema) {
    const std::vector<Source> all = sources();
    std::vector<std::string> differences;
    each_object("#", schema.as_object(), [&](const std::string& place, const object& node) {
        if (without_struct.contains(place)) return;
        const auto source = std::ranges::find(all, place, &Source::place);
        if (source == all.end()) return differences.push_back(place + ": is not written from a struct");
        const Names properties = names_of(node.at("properties").as_object());
        const Names written = written_names(*source);
        report_missing(differences, place, written, properties, "is a member, but not in the schema");
        report_missing(differences, place, properties, written, "is in the schema, but not a member");
    });
    return differences;
}

std::string load_report_of_the_generator() {
    load::Result result;
    result.measured.length = std::chrono::seconds(1);
    return load::report_as_json({}, result);
}

// Results with every member, an environment and a report of the load generator included.
Results complete_results() {
    Results results = many_kinds();
    results.environment = environment({});
    results.experiments[0].points[0].rows[0].rounds[0]->load = *parse_load_report(load_report_of_the_generator());
    return results;
}

std::string joined(const std::vector<std::string>& differences) {
    return fmt::format("{}", fmt::join(differences, "\n"));
}

TEST(TheSchema, HasTheMembersOfTheJsonAndRequiresThoseThatAreAlwaysWritten) {
    EXPECT_EQ(joined(differences_from_json(read_schema(), complete_results())), "");
}

TEST(TheSchema, HasTheMembersOfTheStructs) { EXPECT_EQ(joined(differences_from_structs(read_schema())), ""); }

// The objects of the schema by place.
std::map<std::string, object*> objects_of(value& schema) {
    std::map<std::string, object*> objects;
    each_object("#", schema.as_object(), [&](const std::string& place, object& node) { objects[place] = &node; });
    return objects;
}

// A schema that differs from the right one in one object.
template <class Change>
value changed_at(const std::string& place, Change change) {
    value schema = read_schema();
    change(*objects_of(schema).at(place));
    return schema;
}

bool names(const std::vector<std::string>& differences, const std::string& difference) {
    return std::ranges::find(differences, difference) != differences.end();
}

TEST(ASchemaWithoutAProperty, DiffersByItsName) {
    const Results results = complete_results();
    value schema = read_schema();
    for (const auto& [place, node] : objects_of(schema))
        for (const std::string& name : names_of(node->at("properties").as_object())) {
            const value changed =
                changed_at(place, [&](object& other) { other.at("properties").as_object().erase(name); });
            const std::string property = fmt::format("{}: \"{}\"", place, name);
            if (written_by_others.contains(place)) continue;
            EXPECT_TRUE(names(differences_from_json(changed, results), property + " is written, but not in the schema"))
                << property;
            if (without_struct.contains(place)) continue;
            EXPECT_TRUE(names(differences_from_structs(changed), property + " is a member, but not in the schema"))
                << property;
        }
}

TEST(ASchemaWithASurplusProperty, DiffersByItsName) {
    const Results results = complete_results();
    value schema = read_schema();
    for (const auto& [place, node] : objects_of(schema)) {
        const value changed = changed_at(place, [](object& other) {
            other.at("properties").as_object()["surplus"] = {{"type", "string"}};
        });
        EXPECT_EQ(joined(differences_from_json(changed, results)),
                  place + ": \"surplus\" is in the schema, but never written");
        if (!without_struct.contains(place)) {
            EXPECT_EQ(joined(differences_from_structs(changed)),
                      place + ": \"surplus\" is in the schema, but not a member");
        }
    }
}

TEST(ASchemaThatDoesNotRequireAMember, DiffersByItsName) {
    const Results results = complete_results();
    value schema = read_schema();
    for (const auto& [place, node] : objects_of(schema))
        for (const std::string& name : required_by(*node)) {
            if (written_by_others.contains(place)) continue;
            const value changed = changed_at(place, [&](object& other) {
                boost::json::array& required = other.at("required").as_array();
                required.erase(std::ranges::find(required, value(name)));
            });
            EXPECT_EQ(joined(differences_from_json(changed, results)),
                      fmt::format("{}: \"{}\" is always written, but not required", place, name));
        }
}

TEST(ASchemaThatRequiresAMemberTooMany, DiffersByItsName) {
    const value changed = changed_at("#/definitions/mechanism",
                                     [](object& mechanism) { mechanism.at("required").as_array().emplace_back("us"); });
    EXPECT_EQ(joined(differences_from_json(changed, complete_results())),
              "#/definitions/mechanism: \"us\" is required, but not always written");
}

}  // namespace
}  // namespace iomux::compare
