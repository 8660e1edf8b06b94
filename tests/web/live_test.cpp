#include "compare/web/live.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace iomux::compare::web {
namespace {

Live after(std::initializer_list<const char*> events) {
    Live live;
    for (const char* event : events) live.apply(boost::json::parse(event).as_object());
    return live;
}

constexpr const char* started =
    R"({"event":"started","servers":[{"title":"epoll","skipped":null}],"in_sessions":false,"rounds":3,)"
    R"("window_seconds":0.4,"work":"64 connections","scenario":null})";
constexpr const char* started_sessions =
    R"({"event":"started","servers":[{"title":"minimal","skipped":null},{"title":"epoll","skipped":null}],)"
    R"("in_sessions":true,"rounds":10,"window_seconds":0.4,"work":"64 connections","scenario":null})";
constexpr const char* started_scenario =
    R"({"event":"started","servers":[{"title":"minimal","skipped":null},{"title":"epoll","skipped":null}],)"
    R"("in_sessions":true,"rounds":10,"window_seconds":0.4,"work":"10 connections","scenario":{"name":"idle",)"
    R"("question":"What?","points":[{"label":"0 idle","at":{"idle":0}},{"label":"900 idle","at":{"idle":900}}]}})";
constexpr const char* slices =
    R"({"event":"slices","session":1,"sessions":0.5,"servers":[{"server":"epoll","messages_per_second":7}]})";
constexpr const char* sample = R"({"event":"sample","server":"epoll","round":1,"messages":5})";

std::string measured(double rate) {
    return boost::json::serialize(boost::json::object{{"event", "measured"},
                                                      {"server", "epoll"},
                                                      {"messages_per_second", rate},
                                                      {"cpu_us_per_message", 1},
                                                      {"p50_us", nullptr},
                                                      {"p99_us", nullptr},
                                                      {"failed", nullptr}});
}

// What so many sessions say: the ratio is 0.5, and its interval is as wide as 1 divided by the number of sessions.
std::string after_session(int number) {
    const auto server = [&](const char* title, double ratio) {
        return boost::json::object{
            {"server", title},
            {"messages_per_second", 100 * number},
            {"cpu_us_per_message", 10},
            {"p50_us", 20},
            {"p99_us", 30},
            {"ratio",
             {{"value", ratio}, {"low", ratio}, {"high", ratio + 1.0 / number}, {"verdict", "too few to tell"}}},
            {"failed", nullptr},
            {"latest",
             {{"cpu_us_per_message", 10}, {"ratio", ratio}, {"p50_us", 20 + number}, {"p99_us", 30 + number}}}};
    };
    return boost::json::serialize(boost::json::object{{"event", "session"},
                                                      {"session", number},
                                                      {"baseline", "minimal"},
                                                      {"verdict", {{"text", "epoll beats"}, {"strength", "likely"}}},
                                                      {"servers", {server("minimal", 1), server("epoll", 0.5)}}});
}

TEST(TheStateOfARun, IsEmptyBeforeItsFirstEvent) {
    const boost::json::object json = Live().json();
    EXPECT_TRUE(json.at("servers").as_array().empty());
    EXPECT_TRUE(json.at("sample").is_null());
}

TEST(TheStateOfARun, HasTheMediansOfTheRoundsSoFar) {
    const Live live = after({started, measured(10).c_str(), measured(30).c_str(), measured(12).c_str()});
    const boost::json::value server = live.json().at("servers").at(0);
    EXPECT_EQ(server.at("messages_per_second").as_double(), 12);
    EXPECT_EQ(server.at("rounds").to_number<int>(), 3);
    EXPECT_TRUE(server.at("p50_us").is_null());
}

TEST(TheStateOfARun, HasOnlyTheLastSampleOfTheCurrentStep) {
    EXPECT_EQ(after({started, sample}).json().at("sample").at("messages").to_number<int>(), 5);
    constexpr const char* next = R"({"event":"step","server":"epoll","step":"round 2/3","seconds_left":1})";
    EXPECT_TRUE(after({started, sample, next}).json().at("sample").is_null());
}

TEST(TheStateOfARun, CountsSessionsIfItMeasuresInSessions) {
    EXPECT_TRUE(after({started}).json().at("sessions").is_null());
    EXPECT_EQ(after({started_sessions}).json().at("sessions").to_number<int>(), 0);
    EXPECT_EQ(after({started_sessions, after_session(1).c_str(), after_session(2).c_str()})
                  .json()
                  .at("sessions")
                  .to_number<int>(),
              2);
}

TEST(TheStateOfARun, HasNoSessionsIfTheyTurnOutToBeImpossible) {
    constexpr const char* round = R"({"event":"round","server":"epoll","round":1})";
    EXPECT_TRUE(after({started_sessions, round}).json().at("sessions").is_null());
}

TEST(TheStateOfARun, HasTheRatiosOfTheLastSession) {
    const boost::json::object json =
        after({started_sessions, after_session(1).c_str(), after_session(4).c_str()}).json();
    EXPECT_EQ(json.at("baseline"), "minimal");
    const boost::json::value& epoll = json.at("servers").at(1);
    EXPECT_EQ(epoll.at("title"), "epoll");
    EXPECT_EQ(epoll.at("rounds").to_number<int>(), 4);
    EXPECT_EQ(epoll.at("messages_per_second").to_number<int>(), 400);
    EXPECT_EQ(epoll.at("ratio"),
              (boost::json::object{{"value", 0.5}, {"low", 0.5}, {"high", 0.75}, {"verdict", "too few to tell"}}));
}

TEST(TheStateOfARun, HasNoRatioInWindows) {
    const boost::json::object json = after({started, measured(10).c_str()}).json();
    EXPECT_TRUE(json.at("baseline").is_null());
    EXPECT_TRUE(json.at("servers").at(0).at("ratio").is_null());
}

TEST(TheStateOfARun, HasTheNewestFiguresOfASessionUntilItIsOver) {
    Live live = after({started_sessions, slices, after_session(1).c_str()});
    EXPECT_EQ(live.json().at("slices").at("servers").at(0).at("messages_per_second").to_number<int>(), 7);
    EXPECT_EQ(live.json().at("latest").at("servers").at(1),
              (boost::json::object{
                  {"server", "epoll"}, {"cpu_us_per_message", 10}, {"ratio", 0.5}, {"p50_us", 21}, {"p99_us", 31}}));
    live.end();
    EXPECT_TRUE(live.json().at("slices").is_null());
    EXPECT_TRUE(live.json().at("latest").is_null());
}

TEST(TheStateOfARun, DoesNotGrowWithItsSessions) {
    Live live = after({started_sessions});
    std::size_t size = 0;
    for (int session = 1; session <= 99; ++session) {
        live.apply(boost::json::parse(slices).as_object());
        live.apply(boost::json::parse(after_session(session)).as_object());
        if (session == 10) size = boost::json::serialize(live.json()).size();
    }
    constexpr std::size_t digits = 100;  // longer numbers
    EXPECT_LE(boost::json::serialize(live.json()).size(), size + digits);
}

TEST(TheStateOfAScenario, KeepsTheFiguresOfEachPoint) {
    const Live live = after({started_scenario, R"({"event":"point","point":1})", after_session(1).c_str(),
                             R"({"event":"point","point":2})", after_session(4).c_str()});
    const boost::json::object json = live.json();
    EXPECT_EQ(json.at("point").to_number<int>(), 2);
    const boost::json::value& points = json.at("scenario").at("points");
    for (const auto& [point, sessions] : {std::pair{0, 1}, {1, 4}}) {
        EXPECT_EQ(points.at(point).at("sessions").to_number<int>(), sessions);
        EXPECT_EQ(points.at(point).at("baseline"), "minimal");
        EXPECT_EQ(points.at(point).at("verdict").at("strength"), "likely");
        const boost::json::value& epoll = points.at(point).at("servers").at(1);
        EXPECT_EQ(epoll.at("server"), "epoll");
        EXPECT_EQ(epoll.at("messages_per_second").to_number<int>(), 100 * sessions);
    }
}

TEST(TheStateOfAScenario, IsThatOfTheCurrentPoint) {
    Live live = after({started_scenario, R"({"event":"point","point":1})", after_session(2).c_str(),
                       R"({"event":"point","point":2})"});
    EXPECT_EQ(live.json().at("sessions").to_number<int>(), 0);
    EXPECT_TRUE(live.json().at("servers").at(1).at("ratio").is_null());
    EXPECT_TRUE(live.json().at("latest").is_null());
    EXPECT_TRUE(live.json().at("verdict").is_null());
    live.apply(boost::json::parse(R"({"event":"point","point":1})").as_object());
    EXPECT_EQ(live.json().at("sessions").to_number<int>(), 2);
    EXPECT_EQ(live.json().at("servers").at(1).at("messages_per_second").to_number<int>(), 200);
}

TEST(TheStateOfARun, SaysHowLongItMayTakeInAll) {
    const auto step = [](int left) {
        return fmt::format(R"({{"event":"step","server":"epoll","step":"x","seconds_left":{}}})", left);
    };
    EXPECT_EQ(after({started, step(55).c_str(), step(40).c_str()}).json().at("seconds").to_number<int>(), 55);
}

TEST(TheStateOfARun, HasTheSystemCallsPerMessageAfterTheyAreCounted) {
    constexpr const char* counted =
        R"({"event":"counted","server":"epoll","system_calls":{"recvfrom":1.0,"sendto":1.0},"system_calls_unknown":null})";
    EXPECT_TRUE(after({started}).json().at("servers").at(0).at("system_calls").is_null());
    EXPECT_EQ(after({started, counted}).json().at("servers").at(0).at("system_calls"),
              (boost::json::object{{"recvfrom", 1.0}, {"sendto", 1.0}}));
}

TEST(TheStateOfARun, SaysWhyAServerFailed) {
    constexpr const char* failed =
        R"({"event":"measured","server":"epoll","messages_per_second":null,"cpu_us_per_message":null,)"
        R"("p50_us":null,"p99_us":null,"failed":"died"})";
    EXPECT_EQ(after({started, failed}).json().at("servers").at(0).at("failed"), "died");
}

}  // namespace
}  // namespace iomux::compare::web
