#include "compare/meters/machine_check.hpp"

#include <gtest/gtest.h>

#include <array>

#include "posix/limits.hpp"

namespace iomux::compare {
namespace {

// user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice
constexpr std::string_view stat_of_cores =
    "cpu  1111 0 0 0 0 0 0 0 0 0\n"
    "cpu0 1 2 4 8 16 32 64 128 256 512\n"
    "cpu1 1000 0 0 2000 0 0 0 500 0 0\n"
    "cpu10 9 9 9 9 9 9 9 9 9 9\n"
    "intr 553913 0 0 0\n";

TEST(TicksOfACore, AreBusyUnlessTheCoreWasIdleOrStolen) {
    const auto ticks = parse_core_ticks(stat_of_cores, std::array{0});
    ASSERT_TRUE(ticks);
    EXPECT_EQ(ticks->busy, 1u + 2 + 4 + 32 + 64);
    EXPECT_EQ(ticks->stolen, 128u);
    EXPECT_EQ(ticks->all, 255u) << "guest time is part of user time";
}

TEST(TicksOfCores, AreAddedUp) {
    const auto ticks = parse_core_ticks(stat_of_cores, std::array{1, 0});
    ASSERT_TRUE(ticks);
    EXPECT_EQ(ticks->busy, 1103u);
    EXPECT_EQ(ticks->stolen, 628u);
    EXPECT_EQ(ticks->all, 3755u);
}

TEST(TicksOfCores, AreUnknownIfOneIsMissing) {
    EXPECT_FALSE(parse_core_ticks(stat_of_cores, std::array{0, 2}));
    EXPECT_FALSE(parse_core_ticks("", std::array{0}));
    EXPECT_FALSE(parse_core_ticks("cpu0 1 2 3 4 5 6 7\n", std::array{0}));
}

TEST(TheNumberOfCores, IsThatOfTheirLines) {
    EXPECT_EQ(count_cores(stat_of_cores), 3u);
    EXPECT_EQ(count_cores(""), 0u);
}

TEST(TheLoadAverage, IsThatOfTheLastMinute) {
    EXPECT_EQ(parse_load_average("3.38 5.54 5.01 6/116 8593\n"), 3.38);
    EXPECT_EQ(parse_load_average(""), std::nullopt);
    EXPECT_EQ(parse_load_average("much"), std::nullopt);
}

TEST(ACheckOfTheMachine, HasNoDoubtsAboutAnIdleOne) {
    EXPECT_TRUE(doubts_about({.busy_share = 0.1, .steal_share = 0.04, .load_average = 2, .all_cores = 2}).empty());
}

TEST(ACheckOfTheMachine, HasNoDoubtsAboutWhatIsUnknown) { EXPECT_TRUE(doubts_about({}).empty()); }

TEST(ACheckOfTheMachine, NamesAllThatDisturbs) {
    EXPECT_EQ(doubts_about({.busy_share = 0.11, .steal_share = 0.05, .load_average = 2.25, .all_cores = 2}),
              (std::vector<std::string>{"other processes used 11 % of the measured cores",
                                        "the hypervisor took 5 % of the measured cores (steal)",
                                        "the load average was 2.2 on 2 cores"}));
    EXPECT_EQ(doubts_about({.load_average = 1.5, .all_cores = 1}),
              (std::vector<std::string>{"the load average was 1.5 on 1 core"}));
}

TEST(ACheckOfTheMachine, IsPossibleHere) {
    const MachineCheck check = check_machine(posix::allowed_cores());
    EXPECT_EQ(check.cores, posix::allowed_cores());
    EXPECT_GE(check.all_cores, check.cores.size());
    EXPECT_TRUE(check.load_average);
    ASSERT_TRUE(check.busy_share && check.steal_share);
    EXPECT_GE(*check.busy_share, 0);
    EXPECT_LE(*check.busy_share + *check.steal_share, 1);
}

TEST(ACheckOfTheMachine, LeavesTheSharesOpenIfACoreIsMissing) {
    const MachineCheck check = check_machine({1'000'000});
    EXPECT_FALSE(check.busy_share);
    EXPECT_FALSE(check.steal_share);
}

}  // namespace
}  // namespace iomux::compare
