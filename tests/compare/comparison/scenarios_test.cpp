#include "compare/comparison/scenarios.hpp"

#include <gtest/gtest.h>

#include <set>

#include "compare/servers/selection.hpp"

namespace iomux::compare {
namespace {

TEST(Scenarios, HaveUniqueNamesAndAreFoundByThem) {
    std::set<std::string_view> names;
    for (const Scenario& scenario : scenarios()) {
        EXPECT_TRUE(names.insert(scenario.name).second) << scenario.name;
        EXPECT_EQ(find_scenario(scenario.name), &scenario);
    }
    EXPECT_EQ(find_scenario("telepathy"), nullptr);
}

TEST(Scenarios, VaryTheSameParametersAtEveryPointWithDifferentValues) {
    for (const Scenario& scenario : scenarios())
        for (const bool quick : {false, true}) {
            const std::vector<Point> points = scenario.points(quick);
            ASSERT_FALSE(points.empty()) << scenario.name;
            std::set<std::string> labels;
            for (const Point& point : points) {
                EXPECT_TRUE(labels.insert(point.label).second) << scenario.name << ": " << point.label;
                EXPECT_EQ(point.at.size(), points.front().at.size());
                EXPECT_EQ(point.at.front().name, points.front().at.front().name);
                EXPECT_GE(point.work.connections, 1u);
            }
        }
}

TEST(Scenarios, HaveNoMorePointsInTheirQuickForm) {
    for (const Scenario& scenario : scenarios()) {
        EXPECT_LE(scenario.points(true).size(), scenario.points(false).size()) << scenario.name;
        for (const Point& point : scenario.points(true)) EXPECT_LE(point.work.duration, Work().duration);
    }
}

TEST(Scenarios, NameTheirServersAsTheCommandLineDoes) {
    for (const Scenario& scenario : scenarios()) {
        EXPECT_LE(parse_selections(scenario.quick_servers).size(), 5u) << scenario.name;
        if (!scenario.servers.empty()) {
            EXPECT_FALSE(parse_selections(scenario.servers).empty()) << scenario.name;
        }
    }
}

TEST(AScenarioAboutP99, SendsEnoughMessagesForIt) {
    for (const Scenario& scenario : scenarios()) {
        if (std::ranges::find(scenario.figures, Figure::p99) == scenario.figures.end()) continue;
        for (const bool quick : {false, true})
            for (const Point& point : scenario.points(quick)) {
                const double rounds = quick ? 7 : 10;
                const double messages =
                    *point.work.rate * std::chrono::duration<double>(point.work.duration).count() * rounds;
                EXPECT_GE(messages, 1.3 * 1000) << scenario.name << ", " << point.label;
            }
    }
}

}  // namespace
}  // namespace iomux::compare
