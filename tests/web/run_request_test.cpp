#include "compare/web/run_request.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "fixtures.hpp"

namespace iomux::compare::web {
namespace {

const std::vector<ServerSpec> servers = some_servers();

std::vector<std::string> arguments_of(const char* json) {
    return arguments_for(parse_run_request(json, servers), servers);
}

boost::json::object filled_in(const char* json) { return parse_run_request(json, servers).json(); }

TEST(ARunRequest, HasDefaults) {
    EXPECT_EQ(arguments_of(R"({"servers": ["epoll", "select"]})"),
              (std::vector<std::string>{"--events=-", "--servers=epoll,select", "--connections=64", "--size=64",
                                        "--depth=1", "--idle=0", "--idle-memory=0"}));
}

TEST(ARunRequest, MeasuresInSessionsWithTheLimitsOfTheOptions) {
    EXPECT_EQ(arguments_of(R"({"servers": ["epoll"], "sessions": 12, "slice_milliseconds": 50, "precision_percent": 2,
                               "budget_seconds": 30})"),
              (std::vector<std::string>{"--events=-", "--servers=epoll", "--connections=64", "--size=64", "--depth=1",
                                        "--idle=0", "--idle-memory=0", "--sessions=12", "--slice=50ms",
                                        "--precision=2%", "--budget=30s"}));
}

TEST(ARunRequest, MeasuresInWindowsIfItHasANumberAboutThem) {
    const std::vector<std::string> arguments = arguments_of(R"({"servers": ["epoll"], "rounds": 3})");
    EXPECT_EQ(arguments[7], "--rounds=3");
    EXPECT_EQ(arguments[8], "--seconds=400ms");
    EXPECT_EQ(arguments.size(), 9u);
    EXPECT_EQ(arguments_of(R"({"servers": ["epoll"], "milliseconds": 50})")[7], "--rounds=10");
}

TEST(ARunRequest, HasNoNumbersOfTheOtherWayToMeasure) {
    const boost::json::object sessions = filled_in(R"({"servers": ["epoll"], "sessions": 8, "rounds": null})");
    EXPECT_EQ(sessions.at("sessions"), 8);
    EXPECT_TRUE(sessions.at("rounds").is_null());
    EXPECT_TRUE(sessions.at("milliseconds").is_null());
    const boost::json::object windows = filled_in(R"({"servers": ["epoll"], "rounds": 8, "sessions": null})");
    EXPECT_EQ(windows.at("milliseconds"), 400);
    EXPECT_TRUE(windows.at("budget_seconds").is_null());
}

TEST(ARunRequest, PassesItsNumbersAsOptions) {
    const std::vector<std::string> arguments = arguments_of(R"({"servers": ["epoll"], "rate": 1000, "depth": 2})");
    EXPECT_EQ(arguments[4], "--depth=2");
    EXPECT_EQ(arguments[6], "--rate=1000");
    EXPECT_EQ(arguments[7], "--idle-memory=0");
}

TEST(ARunRequest, MayBeAboutAScenario) {
    EXPECT_EQ(arguments_of(R"({"kind": "scenario", "scenario": "idle", "servers": ["epoll", "select"]})"),
              (std::vector<std::string>{"run", "idle", "--events=-", "--servers=epoll,select", "--quick"}));
    EXPECT_EQ(
        arguments_of(R"({"kind": "scenario", "scenario": "idle", "servers": ["epoll"], "quick": false,
                               "precision_percent": 2, "budget_seconds": 30})"),
        (std::vector<std::string>{"run", "idle", "--events=-", "--servers=epoll", "--precision=2%", "--budget=30s"}));
}

TEST(ARunRequest, PassesTheCommandOfTheUsersServer) {
    const std::vector<std::string> arguments = arguments_of(R"({"servers": ["mine"]})");
    EXPECT_EQ(arguments[2], "--server=mine=my-server {port}");
    EXPECT_EQ(arguments[3], "--start-timeout=5000000000ns");
}

TEST(ARunRequest, IsAComparisonByDefault) {
    EXPECT_EQ(filled_in(R"({"servers": ["epoll"]})"),
              filled_in(R"({"kind": "comparison", "servers": ["epoll"], "connections": 64})"));
    EXPECT_EQ(filled_in(R"({"servers": ["epoll"]})").at("kind"), "comparison");
}

TEST(ARunRequest, StartsATraceByItsCommand) {
    EXPECT_EQ(arguments_of(R"({"kind": "trace", "servers": ["epoll", "mine"], "size": 9})"),
              (std::vector<std::string>{"trace", "--events=-", "--servers=epoll,mine", "--server=mine=my-server {port}",
                                        "--start-timeout=5000000000ns", "--size=9"}));
}

TEST(ARunRequest, TestsTheClaimsQuicklyByDefault) {
    EXPECT_EQ(arguments_of(R"({"kind": "claims"})"), (std::vector<std::string>{"claims", "--events=-", "--quick"}));
    EXPECT_EQ(arguments_of(R"({"kind": "claims", "quick": false})"),
              (std::vector<std::string>{"claims", "--events=-"}));
}

TEST(ARunRequest, HasOnlyTheMembersOfItsKind) {
    EXPECT_EQ(filled_in(R"({"kind": "trace", "servers": ["epoll"]})"),
              (boost::json::object{{"kind", "trace"}, {"servers", {"epoll"}}, {"size", 64}}));
    EXPECT_EQ(filled_in(R"({"kind": "claims"})"), (boost::json::object{{"kind", "claims"}, {"quick", true}}));
    for (const char* json :
         {R"({"kind": "trace", "servers": ["epoll"], "rounds": 1})", R"({"kind": "trace"})",
          R"({"kind": "trace", "servers": ["epoll"], "sessions": 8})", R"({"kind": "claims", "budget_seconds": 8})",
          R"({"kind": "scenario", "servers": ["epoll"]})",
          R"({"kind": "scenario", "scenario": "idle", "servers": ["epoll"], "connections": 9})",
          R"({"kind": "scenario", "scenario": "idle", "servers": ["epoll"], "rounds": 9})",
          R"({"kind": "trace", "servers": ["epoll"], "size": 0})", R"({"kind": "claims", "servers": ["epoll"]})",
          R"({"kind": "claims", "size": 64})", R"({"kind": "claims", "quick": 1})",
          R"({"kind": "claims", "quick": null})", R"({"servers": ["epoll"], "quick": true})", R"({"kind": "run"})",
          R"({"kind": "", "servers": ["epoll"]})", R"({"kind": null, "servers": ["epoll"]})"})
        EXPECT_THROW(parse_run_request(json, servers), BadRequest) << json;
}

TEST(ARunRequest, IsRefusedIfItIsInvalid) {
    for (const char* json : {"",
                             "[]",
                             "{",
                             R"({})",
                             R"({"servers": []})",
                             R"({"servers": "epoll"})",
                             R"({"servers": [7]})",
                             R"({"servers": ["nobody"]})",
                             R"({"servers": ["absent"]})",
                             R"({"servers": ["epoll", "epoll"]})",
                             R"({"servers": ["epoll --threads 2"]})",
                             R"({"servers": ["epoll"], "command": "reboot"})",
                             R"({"servers": ["epoll"], "connections": 0})",
                             R"({"servers": ["epoll"], "connections": 10001})",
                             R"({"servers": ["epoll"], "connections": -1})",
                             R"({"servers": ["epoll"], "connections": 1.5})",
                             R"({"servers": ["epoll"], "sessions": 0})",
                             R"({"servers": ["epoll"], "sessions": 1001})",
                             R"({"servers": ["epoll"], "slice_milliseconds": 4})",
                             R"({"servers": ["epoll"], "slice_milliseconds": 1001})",
                             R"({"servers": ["epoll"], "precision_percent": 0})",
                             R"({"servers": ["epoll"], "precision_percent": 101})",
                             R"({"servers": ["epoll"], "precision_percent": "2%"})",
                             R"({"servers": ["epoll"], "budget_seconds": 0})",
                             R"({"servers": ["epoll"], "budget_seconds": 3601})",
                             R"({"servers": ["epoll"], "slice": 20})",
                             R"({"servers": ["epoll"], "connections": "64"})",
                             R"({"servers": ["epoll"], "connections": 1e300})"})
        EXPECT_THROW(parse_run_request(json, servers), BadRequest) << json;
}

std::string error_of(const char* json) try {
    parse_run_request(json, servers);
    return "";
} catch (const BadRequest& bad) {
    return bad.what();
}

TEST(ARunRequest, SaysWhatIsWrongAndWhatIsAllowed) {
    EXPECT_EQ(error_of(R"({"servers": ["epoll"], "connections": 10001})"),
              "\"connections\" must be a whole number from 1 to 10,000, not 10001");
    EXPECT_EQ(error_of(R"({"servers": ["epoll"], "rate": 0})"),
              "\"rate\" must be a whole number from 1 to 10,000,000, not 0");
    EXPECT_EQ(error_of(R"({"servers": ["epoll"], "slice_milliseconds": 2})"),
              "\"slice_milliseconds\" must be a whole number from 5 to 1,000, not 2");
    EXPECT_EQ(error_of(R"({"servers": ["epoll"], "budget_seconds": 30, "rounds": 10})"),
              "\"budget_seconds\" cannot be combined with \"rounds\", which asks for windows instead of sessions");
    EXPECT_EQ(error_of(R"({"servers": ["epoll"], "milliseconds": 400, "sessions": 10})"),
              "\"sessions\" cannot be combined with \"milliseconds\", which asks for windows instead of sessions");
    EXPECT_EQ(error_of(R"({"servers": ["epolll"]})"), "no server named \"epolll\"; did you mean \"epoll\"?");
    EXPECT_EQ(error_of(R"({"servers": ["nothing"]})"), "no server named \"nothing\"");
    EXPECT_EQ(error_of(R"({"servers": ["absent"]})"), "absent is not available here: the kernel is too old");
    EXPECT_EQ(error_of(R"({"servers": ["epoll"], "quick": true})"),
              "a request of kind comparison has no member \"quick\"");
    EXPECT_EQ(error_of(R"({"kind": "run"})"),
              "\"kind\" must be one of comparison, scenario, trace, claims, explanation, not \"run\"");
    EXPECT_EQ(error_of(R"({"kind": "scenario", "servers": ["epoll"], "scenario": "latency"})"),
              "\"scenario\" must be one of throughput, idle, active, churn, size, depth, threads, slow, udp, not "
              "\"latency\"");
    EXPECT_EQ(error_of(R"({"kind": "claims", "quick": 1})"), "\"quick\" must be true or false, not 1");
}

TEST(ARunRequest, ExplainsOneServerOrTwo) {
    EXPECT_EQ(arguments_of(R"({"kind": "explanation", "servers": ["epoll", "mine"], "idle": 9, "budget_seconds": 5})"),
              (std::vector<std::string>{"explain", "--events=-", "epoll", "mine", "--server=mine=my-server {port}",
                                        "--start-timeout=5000000000ns", "--connections=64", "--size=64", "--depth=1",
                                        "--idle=9", "--budget=5s"}));
    EXPECT_EQ(filled_in(R"({"kind": "explanation", "servers": ["epoll"]})"),
              (boost::json::object{{"kind", "explanation"},
                                   {"servers", {"epoll"}},
                                   {"connections", 64},
                                   {"size", 64},
                                   {"depth", 1},
                                   {"idle", 0},
                                   {"rate", nullptr},
                                   {"budget_seconds", nullptr}}));
    EXPECT_EQ(error_of(R"({"kind": "explanation", "servers": ["epoll", "select", "mine"]})"),
              "an explanation has one server or two, not 3");
    EXPECT_EQ(error_of(R"({"kind": "explanation", "servers": ["epoll"], "rounds": 5})"),
              "a request of kind explanation has no member \"rounds\"");
}

constexpr std::string_view id_of_a_run = "20261125T142015Z-0a1b2c3d";

RunRequest continuing(std::string_view json, const char* request = R"({"servers": ["epoll", "select"], "idle": 9})") {
    return parse_run_request(json, servers, [&](std::string_view id) {
        EXPECT_EQ(id, id_of_a_run);
        return parse_run_request(request, servers).json();
    });
}

TEST(ARequestToContinue, TakesAllButItsEndFromTheRun) {
    const RunRequest request =
        continuing(R"({"continues": "20261125T142015Z-0a1b2c3d", "precision_percent": 2, "budget_seconds": 300})",
                   R"({"servers": ["epoll", "select"], "idle": 9, "sessions": 4, "slice_milliseconds": 30})");
    boost::json::object whole = filled_in(R"({"servers": ["epoll", "select"], "idle": 9, "slice_milliseconds": 30,
                                              "precision_percent": 2, "budget_seconds": 300})");
    whole["continues"] = id_of_a_run;
    EXPECT_EQ(request.json(), whole);
    EXPECT_EQ(arguments_for(request, servers, "/folder/one.results.json"),
              (std::vector<std::string>{"--events=-", "--continue=/folder/one.results.json", "--precision=2%",
                                        "--budget=300s"}));
    EXPECT_EQ(continuing(boost::json::serialize(as_asked(whole))).json().at("budget_seconds"), 300)
        << "a restarted service reads it so";
    const boost::json::object anew = filled_in(R"({"servers": ["epoll"]})");
    EXPECT_EQ(as_asked(anew), anew);
}

std::string refusal_to_continue(std::string_view members, const char* request = R"({"servers": ["epoll"]})") try {
    continuing(R"({"continues": "20261125T142015Z-0a1b2c3d")" + std::string(members) + "}", request);
    return "none";
} catch (const BadRequest& refused) {
    return std::to_string(refused.status) + " " + refused.what();
}

TEST(ARequestToContinue, IsRefusedIfItContradictsTheRunOrWouldNotEnd) {
    EXPECT_EQ(refusal_to_continue(R"(, "budget_seconds": 9)"), "none");
    EXPECT_EQ(refusal_to_continue(R"(, "sessions": 9, "idle": 3)"),
              "400 \"idle\" cannot be combined with \"continues\": the run that is continued says what is measured and "
              "how");
    const std::string endless =
        "400 \"continues\" needs one of sessions, precision_percent, budget_seconds, or nothing would end it";
    EXPECT_EQ(refusal_to_continue(""), endless);
    EXPECT_EQ(refusal_to_continue(R"(, "sessions": null)"), endless);
    EXPECT_EQ(refusal_to_continue(R"(, "sessions": 0)"),
              "400 \"sessions\" must be a whole number from 1 to 1,000, not 0");
    EXPECT_EQ(refusal_to_continue(R"(, "sessions": 9, "kind": "trace")"),
              "400 only a run of kind comparison can be continued");
    EXPECT_EQ(refusal_to_continue(R"(, "sessions": 9)", R"({"servers": ["mine"]})"),
              "409 a run with servers that are given with --server cannot be continued: their commands are not in its "
              "results");
    EXPECT_THROW(continuing(R"({"continues": 7, "sessions": 9})"), BadRequest);
}

TEST(ARunRequest, TakesAtMostAnHour) {
    EXPECT_NO_THROW(parse_run_request(
        R"({"kind":"scenario","scenario":"idle","servers":["epoll"],"quick":false,"budget_seconds":720})", servers));
    EXPECT_THROW(
        parse_run_request(
            R"({"kind":"scenario","scenario":"idle","servers":["epoll"],"quick":false,"budget_seconds":721})", servers),
        BadRequest);
    EXPECT_NO_THROW(parse_run_request(R"({"servers":["epoll"],"rounds":100,"milliseconds":10000})", servers));
    EXPECT_THROW(
        parse_run_request(R"({"servers":["epoll","select","poll","mine"],"rounds":100,"milliseconds":10000})", servers),
        BadRequest);
    EXPECT_NO_THROW(parse_run_request(R"({"servers":["epoll"],"sessions":1000})", servers));
    EXPECT_EQ(error_of(R"({"servers":["epoll"],"sessions":1000,"slice_milliseconds":1000})"),
              "the run would take 106 minutes; at most 60 are allowed");
    EXPECT_NO_THROW(parse_run_request(R"({"servers":["epoll","select"],"sessions":700})", servers));
    EXPECT_THROW(parse_run_request(R"({"servers":["epoll","mine"],"sessions":700})", servers), BadRequest);
    EXPECT_NO_THROW(parse_run_request(
        R"({"servers":["epoll"],"sessions":1000,"slice_milliseconds":1000,"budget_seconds":3600})", servers));
}

}  // namespace
}  // namespace iomux::compare::web
