#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cmath>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "compare/report/diff.hpp"
#include "compare/results/parse_results.hpp"
#include "compare/results/results_json.hpp"
#include "compare/results/upgrade.hpp"
#include "results_files.hpp"

namespace iomux::compare {
namespace {

// Results as the last program of version 1 has written them.
std::string results_of_version_1() {
    std::ifstream file(version_1_file);
    return {std::istreambuf_iterator<char>(file), {}};
}

void replace_all(std::string& text, const std::string& before, const std::string& after) {
    for (std::size_t at = 0; (at = text.find(before, at)) != std::string::npos; at += after.size())
        text.replace(at, before.size(), after);
}

// The text of version 1 with the names of version 2.
std::string with_new_names(std::string text) {
    for (const auto& [before, after] :
         std::array<std::pair<std::string, std::string>, 8>{{{"_a_message\"", "_per_message\""},
                                                             {"\"too few rounds\"", "\"too few to tell\""},
                                                             {"\"epoll_et\"", "\"epoll-et\""},
                                                             {"\"a_message\"", "\"per_message\""},
                                                             {"\"events_a_wait\"", "\"events_per_wait\""},
                                                             {"\"ns_an_event\"", "\"ns_per_event\""},
                                                             {"\"flight\"", "\"in_flight_ratio\""},
                                                             {"\"handling\"", "\"simulated_work\""}}}) {
        EXPECT_NE(text.find(before), std::string::npos) << before;
        replace_all(text, before, after);
    }
    replace_all(text, R"("iomux-results","version":1,)", R"("iomux-results","version":2,)");
    return text;
}

// Version 1 gave the baseline a verdict as if it were another server.
void name_baselines(boost::json::value& results) {
    for (boost::json::value& scenario : results.at("scenarios").as_array())
        for (boost::json::value& point : scenario.at("points").as_array())
            for (boost::json::value& server : point.at("servers").as_array())
                if (server.at("title") == point.at("baseline"))
                    server.at("medians").at("ratio").at("verdict") = "baseline";
}

// The members that version 2 has added: those about sessions are those of windows, the others are computed.
bool is_added(std::string_view name, const boost::json::value& member) {
    constexpr std::array added{"sessions", "slice_seconds", "why_windows", "slices", "spread", "same_within", "warmup"};
    const bool is_empty_list = name == "warnings" && member.as_array().empty();
    return (name == "partial" && member == false) || is_empty_list || name == "pooled_percentiles" || name == "brief" ||
           name == "crossover" || name == "verdict" ||
           (std::ranges::find(added, name) != added.end() && member.is_null());
}

// Names and texts are the same, and so are numbers but for the accuracy with which they are read and written.
void expect_alike(const boost::json::value& actual, const boost::json::value& expected, const std::string& place) {
    if (expected.is_double()) {
        const double number = actual.to_number<double>();
        EXPECT_NEAR(number, expected.as_double(), 1e-6 * std::abs(expected.as_double())) << place;
    } else if (const boost::json::object* const members = expected.if_object()) {
        const boost::json::object& others = actual.as_object();
        for (const auto& [name, member] : others)
            EXPECT_TRUE(members->contains(name) || is_added(name, member)) << place << "/" << name;
        for (const auto& [name, member] : *members) {
            ASSERT_TRUE(others.contains(name)) << place << "/" << name;
            expect_alike(others.at(name), member, place + "/" + std::string(name));
        }
    } else if (const boost::json::array* const elements = expected.if_array()) {
        const boost::json::array& others = actual.as_array();
        ASSERT_EQ(others.size(), elements->size()) << place;
        for (std::size_t i = 0; i < elements->size(); ++i)
            expect_alike(others[i], (*elements)[i], place + "/" + std::to_string(i));
    } else {
        EXPECT_EQ(actual, expected) << place;
    }
}

TEST(ResultsOfVersion1, AreReadWithAllTheirFigures) {
    const std::string json = results_of_version_1();
    boost::json::value expected = boost::json::parse(with_new_names(json));
    name_baselines(expected);
    expected.at("environment").as_object()["machine_check"] = nullptr;
    expect_alike(json_of(parse_results(json)), expected, "");
}

TEST(ResultsOfVersion1, AreShownToAPageAsVersion2) {
    const std::string json = results_of_version_1();
    EXPECT_EQ(upgraded_results(json, boost::json::parse(json)), boost::json::serialize(json_of(parse_results(json))));
}

TEST(ResultsOfVersion1, DoNotDifferFromTheSameResultsOfVersion2) {
    const std::string json = results_of_version_1();
    const Results before = parse_results(json);
    const Diff diff = difference(before, parse_results(upgraded_results(json, boost::json::parse(json))));
    EXPECT_FALSE(diff.changes.empty());
    for (const Change& change : diff.changes) EXPECT_NEAR(change.change.factor, 1, 1e-6) << change.server;
}

boost::json::object upgraded(boost::json::object results) {
    upgrade(results);
    return results;
}

TEST(AnUpgrade, RenamesFiguresInRankings) {
    const boost::json::object results =
        upgraded({{"version", 1},
                  {"figures", boost::json::array{"cpu_us_a_message", "messages_per_second"}},
                  {"rankings", boost::json::array{{{"figure", "system_calls_a_message"}, {"best", "flight"}}}}});
    EXPECT_EQ(results,
              (boost::json::object{
                  {"version", 2},
                  {"partial", false},
                  {"figures", boost::json::array{"cpu_us_per_message", "messages_per_second"}},
                  {"rankings", boost::json::array{{{"figure", "system_calls_per_message"}, {"best", "flight"}}}}}));
}

TEST(AnUpgrade, KeepsTheNamesOfTheMachineTheLoadGeneratorTheServersAndTheKernel) {
    const boost::json::object flight{{"flight", 1}};
    const boost::json::object unchecked{{"flight", 1}, {"machine_check", nullptr}};
    EXPECT_EQ(upgraded({{"version", 1},
                        {"environment", flight},
                        {"load", flight},
                        {"server_counters", flight},
                        {"a_message", flight}}),
              (boost::json::object{{"version", 2},
                                   {"partial", false},
                                   {"environment", unchecked},
                                   {"load", flight},
                                   {"server_counters", flight},
                                   {"per_message", flight}}));
}

TEST(AnUpgrade, LeavesTheNewestVersionAsItIs) {
    const boost::json::object newest{{"version", 2}, {"flight", 1}};
    EXPECT_EQ(upgraded(newest), newest);
}

TEST(AnUpgrade, RefusesOtherVersions) {
    for (const boost::json::value& version : {boost::json::value(0), boost::json::value(3), boost::json::value("2")})
        try {
            upgraded({{"version", version}});
            ADD_FAILURE() << version << " is not refused";
        } catch (const UnreadableVersion& refusal) {
            EXPECT_EQ(refusal.what(), "only results of versions 1 and 2 can be read; these have version " +
                                          boost::json::serialize(version));
        }
}

}  // namespace
}  // namespace iomux::compare
