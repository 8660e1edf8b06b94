#include "compare/report/axis.hpp"

#include <gtest/gtest.h>

#include <array>

namespace iomux::compare {
namespace {

const std::array narrow{10.0, 20.0, 30.0};
const std::array wide{1.0, 100.0, 1000.0};

TEST(AnAxis, IsLinearIfItsValuesAreOfOneSize) {
    const Axis axis(narrow, 10, 0, 100);
    EXPECT_FALSE(axis.is_logarithmic());
    EXPECT_DOUBLE_EQ(axis.at(20), 50);
    EXPECT_DOUBLE_EQ(axis.at(30) - axis.at(20), axis.at(20) - axis.at(10));
}

TEST(AnAxis, IsLogarithmicIfItsValuesSpanTheFactor) {
    const Axis axis(wide, 10, 0, 300);
    EXPECT_TRUE(axis.is_logarithmic());
    EXPECT_NEAR(axis.at(100) - axis.at(10), axis.at(1000) - axis.at(100), 1e-9);
}

TEST(AnAxis, IsLinearIfOneOfItsValuesHasNoLogarithm) {
    EXPECT_FALSE(Axis(std::array{0.0, 1.0, 1000.0}, 10, 0, 100).is_logarithmic());
}

TEST(AnAxis, HasRoomAtBothEndsAndKeepsToItsDirection) {
    const Axis upwards(wide, 10, 400, 100);
    EXPECT_LT(upwards.at(1), 400);
    EXPECT_GT(upwards.at(1000), 100);
    EXPECT_GT(upwards.at(1), upwards.at(1000));
}

TEST(AnAxis, HasRoundTicks) {
    EXPECT_EQ(Axis(narrow, 10, 0, 100).ticks(), (std::vector{10.0, 15.0, 20.0, 25.0, 30.0}));
    EXPECT_EQ(Axis(std::array{0.9, 12.0}, 10, 0, 100).ticks(), (std::vector{1.0, 2.0, 5.0, 10.0}));
    EXPECT_EQ(Axis(std::array{1.0, 1e6}, 10, 0, 100).ticks(), (std::vector{1.0, 10.0, 1e2, 1e3, 1e4, 1e5, 1e6}));
}

TEST(AnAxis, CanHaveAllItsValuesAtOnePlace) {
    const Axis axis(std::array{5.0, 5.0}, 10, 0, 100);
    EXPECT_GT(axis.at(5), 0);
    EXPECT_LT(axis.at(5), 100);
    EXPECT_FALSE(axis.ticks().empty());
}

TEST(SpreadPositions, StayIfTheyAreApart) {
    std::vector<double> positions{10, 30, 60};
    spread(positions, 15, 0);
    EXPECT_EQ(positions, (std::vector<double>{10, 30, 60}));
}

TEST(SpreadPositions, MoveByTheSameToBothSides) {
    std::vector<double> positions{50, 50, 100};
    spread(positions, 20, 0);
    EXPECT_EQ(positions, (std::vector<double>{40, 60, 100}));
}

TEST(SpreadPositions, PushThoseThatTheyMeet) {
    std::vector<double> positions{50, 50, 65};
    spread(positions, 20, 0);
    EXPECT_EQ(positions, (std::vector<double>{35, 55, 75}));
}

TEST(SpreadPositions, StayAboveTheLeast) {
    std::vector<double> positions{1, 2, 50};
    spread(positions, 20, 5);
    EXPECT_EQ(positions, (std::vector<double>{5, 25, 50}));
}

}  // namespace
}  // namespace iomux::compare
