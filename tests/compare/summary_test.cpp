#include "compare/summary.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "compare/report_json.hpp"
#include "compare/report_text.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono_literals;

// A server whose rounds cost so many microseconds a message.
Row row(const char* name, const std::vector<int>& costs) {
    Row row{.contestant = {.name = name, .program = "x"}};
    for (const int cost : costs) {
        Round round;
        round.messages = 1000;
        round.messages_per_second = 1000;
        round.window = 1s;
        round.server_cpu = 1000 * cost * 1us;
        row.rounds.emplace_back(round);
    }
    return row;
}

Row failed(const char* name) {
    Row row{.contestant = {.name = name, .program = "x"}, .failed = "died"};
    row.rounds.resize(3);
    return row;
}

TEST(ASummary, DividesByMinimalWhereverItStands) {
    const std::vector rows{row("epoll", {10, 22, 30}), row("minimal", {10, 20, 20})};
    const Summary summary = summarise(rows);
    EXPECT_EQ(summary.baseline, &rows[1]);
    EXPECT_EQ(summary.medians[0]->cpu_us_a_message, 22);
    EXPECT_EQ(summary.medians[0]->ratio, 1.1);
    EXPECT_EQ(summary.medians[1]->ratio, 1);
}

TEST(ASummary, DividesByTheFirstServerThatHasItsRoundsWhereMinimalHasNot) {
    const std::vector rows{failed("minimal"), row("poll", {4, 4, 4}), row("epoll", {2, 2, 2})};
    const Summary summary = summarise(rows);
    EXPECT_EQ(summary.baseline, &rows[1]);
    EXPECT_FALSE(summary.medians[0]);
    EXPECT_EQ(summary.medians[2]->ratio, 0.5);
}

TEST(ASummary, OfFailuresHasNoBaseline) {
    const std::vector rows{failed("minimal")};
    EXPECT_EQ(summarise(rows).baseline, nullptr);
}

TEST(TheGenerator, IsTheLimitWhereItAloneHasNoTimeLeft) {
    EXPECT_TRUE((Medians{.load_cpu_share = 0.99, .server_cpu_share = 0.6}.generator_was_the_limit()));
    EXPECT_FALSE((Medians{.load_cpu_share = 0.99, .server_cpu_share = 0.99}.generator_was_the_limit()));
    EXPECT_FALSE((Medians{.load_cpu_share = 0.6, .server_cpu_share = 0.99}.generator_was_the_limit()));
}

TEST(TheReport, NamesWhoFailedAndWhy) {
    const std::string text =
        text_report({failed("minimal"), row("poll", {4})}, {.cores = {.server = 1, .load = 0}}, Table::Emphasis::no);
    EXPECT_NE(text.find("minimal  failed: died\n"), std::string::npos) << text;
    EXPECT_NE(text.find("poll is the base because minimal"), std::string::npos) << text;
    EXPECT_NE(text.find("server on core 1, load on core 0"), std::string::npos) << text;
}

TEST(TheReport, WarnsWhereTheGeneratorWasTheLimit) {
    Row fast = row("poll", {4});
    fast.rounds[0]->load_cpu_share = 1;
    fast.rounds[0]->server_cpu = 500ms;
    const Bench bench{.cores = {.server = 1, .load = 0}};
    EXPECT_NE(text_report({fast}, bench, Table::Emphasis::no).find("Warning: the load generator"), std::string::npos);
    fast.rounds[0]->server_cpu = 990ms;
    EXPECT_EQ(text_report({fast}, bench, Table::Emphasis::no).find("Warning"), std::string::npos);
}

TEST(TheJson, HasEveryRoundAndTheMedians) {
    const boost::json::value report = boost::json::parse(json_report({failed("minimal"), row("poll", {4, 6, 5})}, {}));
    EXPECT_EQ(report.at("baseline"), "poll");
    const boost::json::array& servers = report.at("servers").as_array();
    EXPECT_EQ(servers.at(0).at("failed"), "died");
    EXPECT_TRUE(servers.at(0).at("medians").is_null());
    EXPECT_EQ(servers.at(1).at("rounds").as_array().size(), 3u);
    EXPECT_EQ(servers.at(1).at("medians").at("cpu_us_a_message"), 5.0);
    EXPECT_TRUE(report.at("environment").at("kernel").is_string());
}

}  // namespace
}  // namespace iomux::compare
