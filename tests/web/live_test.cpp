#include "compare/web/live.hpp"

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
    R"({"event":"started","servers":[{"title":"epoll","skipped":null}],"rounds":3,"work":"64 connections"})";
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
