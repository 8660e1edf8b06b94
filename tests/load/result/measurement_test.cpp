#include "load/result/measurement.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace iomux::load {
namespace {

using namespace std::chrono_literals;

// The times until which a measurement of a millisecond asks to run, if the first message is served in that run.
std::vector<std::chrono::nanoseconds> runs(std::size_t first_with_a_message) {
    const WindowMarks marks;
    const Measurement measurement(marks);
    std::vector<std::chrono::nanoseconds> asked;
    const auto run_until = [&](posix::Clock::time_point until) {
        asked.emplace_back(until - measurement.begin());
        return true;
    };
    Window counted;
    measurement.run(measurement.begin() + 1ms, counted, run_until,
                    [&] { return asked.size() >= first_with_a_message; });
    return asked;
}

TEST(AMeasurement, EndsInTimeIfAMessageWasServed) { EXPECT_EQ(runs(1), (std::vector<std::chrono::nanoseconds>{1ms})); }

TEST(AMeasurement, IsExtendedUntilTheFirstMessageIsServed) {
    EXPECT_EQ(runs(3), (std::vector<std::chrono::nanoseconds>{1ms, 2ms, 3ms}));
}

TEST(AMeasurement, IsExtendedByAtMostTheLongestDelay) {
    EXPECT_EQ(runs(1'000'000).back(), 1ms + Measurement::longest_delay);
}

}  // namespace
}  // namespace iomux::load
