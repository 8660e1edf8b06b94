#include "load/engine/pausing.hpp"

#include <gtest/gtest.h>

namespace iomux::load {
namespace {

using namespace std::chrono_literals;

TEST(ARest, IsUndecidedWithoutAnObservation) {
    const Rest rest;
    EXPECT_TRUE(rest.may_be_spinning());
    EXPECT_FALSE(rest.is_spinning());
    EXPECT_EQ(rest.share(), std::nullopt);
}

TEST(ARest, ShowsASpinningServerAboveHalfAPercentOfACore) {
    Rest at_most, more;
    at_most.observe(500us, 100ms);
    more.observe(501us, 100ms);
    EXPECT_FALSE(at_most.may_be_spinning());
    EXPECT_TRUE(more.is_spinning());
}

TEST(ARest, DoesNotShowASpinningServerBecauseItsClockIsLateOnce) {
    Rest rest;
    rest.observe(4900us, 20ms);
    rest.observe(0us, 20ms);
    EXPECT_FALSE(rest.is_spinning());
    EXPECT_TRUE(rest.may_be_spinning());  // undecided
    rest.observe(0us, 20ms);
    EXPECT_FALSE(rest.may_be_spinning());
}

TEST(ARest, ShowsASpinningServerThatOnceHadToWaitForTheCore) {
    Rest rest;
    rest.observe(0us, 20ms);
    rest.observe(9ms, 20ms);
    rest.observe(9ms, 20ms);
    EXPECT_TRUE(rest.is_spinning());
}

TEST(ARest, IgnoresWhatIsTooShortButCountsItsCpuTime) {
    Rest rest;
    rest.observe(1ms, 2ms);
    EXPECT_FALSE(rest.is_spinning());
    EXPECT_EQ(rest.share(), 0.5);
}

}  // namespace
}  // namespace iomux::load
