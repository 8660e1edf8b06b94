#include "load/report/turns.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace iomux::load {
namespace {

using namespace std::chrono_literals;

Plan plan_of_two() {
    Plan plan;
    plan.targets.push_back({.name = "epoll", .endpoint = {}, .processes = {4711}});
    plan.targets.push_back({.name = "mine", .endpoint = {}, .processes = {}});
    return plan;
}

Turn turn_of(std::size_t target) {
    Turn turn{.cycle = 3, .target = target, .counted = {}, .cpu = 5us, .cpu_between = 1us};
    turn.counted.messages = 10;
    turn.counted.length = 2ms;
    turn.counted.cpu = 7us;
    turn.begin = posix::Clock::time_point(1s);
    turn.end = posix::Clock::time_point(2s);
    return turn;
}

TEST(ATurn, IsALineOfJson) {
    EXPECT_EQ(turn_line(plan_of_two(), {}, turn_of(0)),
              R"({"cycle":3,"target":0,"messages":10,"cpu_ns":5000,"cpu_between_ns":1000,)"
              R"("begin_ns":1000000000,"end_ns":2000000000,"length_ns":2000000,"load_cpu_ns":7000})"
              "\n");
}

TEST(ATurn, HasNoCpuTimeWithoutProcesses) {
    const auto line = boost::json::parse(turn_line(plan_of_two(), {}, turn_of(1))).as_object();
    EXPECT_TRUE(line.at("cpu_ns").is_null());
    EXPECT_TRUE(line.at("cpu_between_ns").is_null());
}

TEST(ATurn, CountsItsDatagrams) {
    Turn turn = turn_of(0);
    turn.counted.datagrams = {.sent = 12, .lost = 2, .late = 1};
    Workload workload;
    EXPECT_FALSE(boost::json::parse(turn_line(plan_of_two(), workload, turn)).as_object().contains("datagrams"));
    workload.transport = Transport::datagrams;
    const auto line = boost::json::parse(turn_line(plan_of_two(), workload, turn));
    EXPECT_EQ(boost::json::serialize(line.at("datagrams")),
              boost::json::serialize(boost::json::value{
                  {"sent", 12}, {"answered", 10}, {"lost", 2}, {"lost_share", 2 / 12.0}, {"late", 1}}));
}

TEST(ATargetOfAPlan, IsALineOfJsonWithItsReport) {
    TargetResult result{
        .result = {}, .paused = true, .cpu_share_between = std::nullopt, .warm_up = 1500ms, .settled = std::nullopt};
    append(result.result.measured, turn_of(1).counted);
    append(result.result.measured, turn_of(1).counted);
    const std::string line = target_line(plan_of_two(), 1, {}, result);
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    const auto object = boost::json::parse(line).as_object();
    EXPECT_EQ(object.at("target").to_number<int>(), 1);
    EXPECT_EQ(object.at("name").as_string(), "mine");
    EXPECT_EQ(object.at("messages").to_number<int>(), 20);
    EXPECT_DOUBLE_EQ(object.at("seconds").to_number<double>(), 0.004);
    EXPECT_TRUE(object.at("paused").as_bool());
    EXPECT_TRUE(object.at("cpu_share_between").is_null());
    EXPECT_EQ(object.at("warmup_ms").to_number<double>(), 1500);
    EXPECT_TRUE(object.at("settled").is_null());
}

TEST(ATargetOfAPlan, HasTheShareOfACoreThatItUsedBetweenItsTurns) {
    const TargetResult result{
        .result = {}, .paused = false, .cpu_share_between = 0.25, .warm_up = {}, .settled = false};
    const auto line = target_line(plan_of_two(), 0, {}, result);
    const auto object = boost::json::parse(line).as_object();
    EXPECT_FALSE(object.at("paused").as_bool());
    EXPECT_EQ(object.at("cpu_share_between").as_double(), 0.25);
    EXPECT_FALSE(object.at("settled").as_bool());
}

}  // namespace
}  // namespace iomux::load
