#include "compare/profile/event_counters.hpp"

#include <gtest/gtest.h>
#include <linux/perf_event.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <thread>

namespace iomux::compare {
namespace {

constexpr std::array task_clock{CountedEvent{PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK}};

double cpu_ns_of_this_thread() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

void use_cpu_time(double ns) {
    const double end = cpu_ns_of_this_thread() + ns;
    while (cpu_ns_of_this_thread() < end) continue;
}

TEST(EventCounters, CountInThreadsThatStartLater) {
    const EventCounters counters({::getpid()}, task_clock);
    if (!counters.counts()[0]) GTEST_SKIP() << "perf_event_open is not permitted";
    constexpr double wanted_ns = 5e6;
    const double before = *counters.counts()[0];
    std::thread later([] { use_cpu_time(wanted_ns); });
    later.join();
    EXPECT_GE(*counters.counts()[0] - before, wanted_ns * 0.9);
}

TEST(EventCounters, SayNothingOfAnUnknownEvent) {
    constexpr std::array unknown{CountedEvent{PERF_TYPE_SOFTWARE, 12'345}};
    EXPECT_FALSE(EventCounters({::getpid()}, unknown).counts()[0]);
}

TEST(EventCounters, SayNothingOfAProcessThatHasEnded) {
    constexpr pid_t above_the_highest = 1 << 23;
    EXPECT_FALSE(EventCounters({above_the_highest}, task_clock).counts()[0]);
}

TEST(HardwareCounts, AreOfTheCpuUnlessThereIsAReason) {
    const EventCounters counters({::getpid()}, hardware_events());
    use_cpu_time(1e6);
    const HardwareCounts counts = hardware_counts(counters);
    if (const auto why = reason_against_hardware_counters()) {
        EXPECT_NE(why->find("(perf_event_open: "), std::string::npos) << *why;
        EXPECT_FALSE(counts.cycles);
        GTEST_SKIP() << *why;
    }
    if (!counts.cycles) GTEST_SKIP() << "others use all counters of the CPU";
    EXPECT_GT(*counts.cycles, 0);
}

TEST(HardwareCounts, AreInProportionToTheCpuTime) {
    const HardwareCounts all{
        .cpu_ns = 400, .cycles = 1200, .instructions = 1000, .cache_misses = {}, .branch_misses = 8};
    const HardwareCounts per_message = all.within(10);
    EXPECT_DOUBLE_EQ(per_message.cycles.value(), 30);
    EXPECT_DOUBLE_EQ(per_message.instructions.value(), 25);
    EXPECT_FALSE(per_message.cache_misses);
    EXPECT_DOUBLE_EQ(per_message.branch_misses.value(), 0.2);
}

}  // namespace
}  // namespace iomux::compare
