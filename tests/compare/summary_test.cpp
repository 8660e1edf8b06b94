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
    Row row{.contestant = {.name = name, .path = "x"}};
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
    Row row{.contestant = {.name = name, .path = "x"}, .failed = "died"};
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

bool was_the_limit(double load, double server, std::size_t threads, const Cores& cores) {
    Row one = row("epoll", {1});
    one.contestant.usual_threads = threads;
    return generator_was_the_limit(one, {.load_cpu_share = load, .server_cpu_share = server}, cores);
}

TEST(TheGenerator, IsTheLimitWhereItAloneHasNoTimeLeft) {
    const Cores apart{.server = {1}, .load = 0};
    EXPECT_TRUE(was_the_limit(0.99, 0.6, 1, apart));
    EXPECT_FALSE(was_the_limit(0.99, 0.99, 1, apart));
    EXPECT_FALSE(was_the_limit(0.6, 0.99, 1, apart));
}

TEST(TheGenerator, IsTheLimitWhereTheServersThreadsHaveTimeLeftOnTheirCores) {
    const Cores two{.server = {1, 2}, .load = 0};
    EXPECT_TRUE(was_the_limit(0.99, 1.5, 2, two));
    EXPECT_FALSE(was_the_limit(0.99, 1.98, 2, two));
    EXPECT_FALSE(was_the_limit(0.99, 0.99, 1, two)) << "its one thread uses one core";
}

TEST(TheGenerator, IsNotTheLimitAloneWhereItSharesACore) { EXPECT_FALSE(was_the_limit(0.99, 0.6, 1, {})); }

TEST(TheReport, NamesWhoFailedAndWhy) {
    const std::string text =
        text_report({failed("minimal"), row("poll", {4})}, {.cores = {.server = {1}, .load = 0}}, Table::Emphasis::no);
    EXPECT_NE(text.find("minimal  failed: died\n"), std::string::npos) << text;
    EXPECT_NE(text.find("poll is the base because minimal"), std::string::npos) << text;
    EXPECT_NE(text.find("server on core 1, load on core 0"), std::string::npos) << text;
}

TEST(TheReport, WarnsWhereTheGeneratorWasTheLimit) {
    Row fast = row("poll", {4});
    fast.rounds[0]->load_cpu_share = 1;
    fast.rounds[0]->server_cpu = 500ms;
    const Bench bench{.cores = {.server = {1}, .load = 0}};
    EXPECT_NE(text_report({fast}, bench, Table::Emphasis::no).find("Warning: the load generator"), std::string::npos);
    fast.rounds[0]->server_cpu = 990ms;
    EXPECT_EQ(text_report({fast}, bench, Table::Emphasis::no).find("Warning"), std::string::npos);
}

const Bench on_two_cores{.cores = {.server = {1}, .load = 0}};

std::string table_of(const std::vector<Row>& rows) { return text_report(rows, on_two_cores, Table::Emphasis::no); }

TEST(TheReport, CountsStarvedClientsInAColumnOfTheirOwn) {
    Row pool = row("pool", {4, 4});
    pool.rounds[1]->starved = 56;
    const std::string text = table_of({pool, row("poll", {4, 4})});
    EXPECT_NE(text.find("KiB/conn  starved\n"), std::string::npos) << text;
    EXPECT_NE(text.find("         -       56\n"), std::string::npos) << text;
    EXPECT_NE(text.find("Starved: clients of 64 that were never answered"), std::string::npos) << text;
}

TEST(TheReport, HasNoSuchColumnWhereNobodyStarves) {
    EXPECT_EQ(table_of({row("poll", {4})}).find("tarved"), std::string::npos);
}

TEST(TheReport, SaysWhereThreadsShareACore) {
    Row two = row("epoll", {4});
    two.contestant.options = {"--threads", "2"};
    EXPECT_NE(table_of({two}).find("More threads than cores: epoll --threads 2."), std::string::npos);
    EXPECT_EQ(table_of({row("epoll", {4})}).find("More threads"), std::string::npos);
}

TEST(TheReport, AddsWhatTheKernelsStacksTake) {
    Row blocking = row("blocking", {4});
    blocking.idle_memory = IdleMemory{.connections = 900, .bytes = 2048, .kernel_stack_bytes = 16384};
    EXPECT_NE(table_of({blocking}).find("KiB/conn: blocking 16.00."), std::string::npos) << table_of({blocking});
}

TEST(TheReport, SaysWhereMemoryIsMeasuredOverFewerConnections) {
    Row select = row("select", {4});
    select.idle_memory = IdleMemory{.connections = 500};
    EXPECT_NE(table_of({select}).find("For select over 500"), std::string::npos) << table_of({select});
}

TEST(TheJson, NamesTheProgramTheServerAndItsOptions) {
    Row two = row("callbacks", {4});
    two.contestant.program = "asio";
    two.contestant.options = {"--threads", "2"};
    const boost::json::value server = boost::json::parse(json_report({two}, {})).at("servers").at(0);
    EXPECT_EQ(server.at("title"), "callbacks --threads 2");
    EXPECT_EQ(server.at("program"), "asio");
    EXPECT_EQ(server.at("name"), "callbacks");
    EXPECT_EQ(server.at("options"), (boost::json::array{"--threads", "2"}));
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
