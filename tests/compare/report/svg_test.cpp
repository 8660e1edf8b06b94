#include "compare/report/svg.hpp"

#include <gtest/gtest.h>

#include <regex>
#include <stdexcept>

#include "rows.hpp"

namespace iomux::compare {
namespace {

const std::vector<int> level{100, 101, 99, 102, 98, 100, 103, 97};

std::vector<int> costs_times(int factor) {
    std::vector<int> costs;
    for (const int cost : level) costs.push_back(cost * factor);
    return costs;
}

// A sweep over idle connections in which select becomes costlier, and epoll does not.
Results sweep() {
    const auto rows = [](int factor) {
        return std::vector{row("minimal", level), row("select", costs_times(factor)), row("epoll", costs_times(1))};
    };
    Experiment idle = experiment({rows(1), rows(3), rows(20)});
    idle.name = "idle";
    for (std::size_t i = 0; i < idle.points.size(); ++i)
        idle.points[i].at = {{"idle", std::vector{0.0, 100.0, 10000.0}[i]}};
    return results({idle});
}

// The tests change what was measured.
std::string drawn(Results results) {
    summarise(results.experiments.front(), results.plan.baseline);
    return svg_chart(results, results.experiments.front());
}

std::size_t matches_in(const std::string& text, const std::string& pattern) {
    const std::regex regex(pattern);
    return static_cast<std::size_t>(
        std::distance(std::sregex_iterator(text.begin(), text.end(), regex), std::sregex_iterator()));
}

double number_in(const std::string& text, const std::string& pattern) {
    std::smatch found;
    if (!std::regex_search(text, found, std::regex(pattern))) throw std::runtime_error("there is no " + pattern);
    return std::stod(found[1]);
}

double x_of(const std::string& picture, const std::string& label) {
    return number_in(picture, "<text x=\"([0-9.]+)\"[^>]*>" + label + "</text>");
}

double y_of(const std::string& picture, const std::string& label) {
    return number_in(picture, "<text x=\"[0-9.]+\" y=\"([0-9.]+)\"[^>]*>" + label + "</text>");
}

TEST(AnSvgChart, EscapesWhatXmlDoesNotAllow) {
    Results results = sweep();
    for (Point& point : results.experiments.front().points)
        point.rows[1].spec.name = "caf\xe9\x01 \u00e9\xef\xbf\xbf<&";
    const std::string picture = drawn(results);
    EXPECT_EQ(matches_in(picture, R"(>caf\\xe9\\x01 )"
                                  "\u00e9"
                                  R"(\\xef\\xbf\\xbf&lt;&amp;</text>)"),
              1u)
        << picture;
    EXPECT_EQ(picture.find('\x01'), std::string::npos);
}

TEST(AnSvgChart, IsOneElementWithoutScriptsAndReferences) {
    const std::string picture = drawn(sweep());
    EXPECT_TRUE(picture.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 900 "));
    EXPECT_TRUE(picture.ends_with("</svg>\n"));
    EXPECT_EQ(matches_in(picture, "<script|href|url\\(|<style|@import"), 0u);
}

TEST(AnSvgChart, IsTheSameForTheSameResults) { EXPECT_EQ(drawn(sweep()), drawn(sweep())); }

TEST(AnSvgChart, HasTheQuestionAsItsTitle) {
    const std::string picture = drawn(sweep());
    EXPECT_EQ(matches_in(picture, "<title>What does it cost\\?</title>"), 1u);
    EXPECT_EQ(matches_in(picture, "font-size=\"20\"[^>]*>What does it cost\\?</text>"), 1u);
}

TEST(AnSvgChart, HasALineAndANameForEachServer) {
    const std::string picture = drawn(sweep());
    EXPECT_EQ(matches_in(picture, "<path d=\"M[^\"]*\" fill=\"none\" stroke=\"#[0-9a-f]{6}\" stroke-width=\"2\""), 3u);
    for (const char* name : {"minimal", "select", "epoll"})
        EXPECT_EQ(matches_in(picture, std::string(">") + name + "</text>"), 1u) << name;
}

// The marker and the colour of the line that ends at this name.
std::string look_of(const std::string& picture, const std::string& name) {
    std::smatch found;
    if (!std::regex_search(picture, found, std::regex("fill=\"(#[0-9a-f]{6})\"[^>]*>" + name + "</text>"))) return "";
    const std::string colour = found[1];
    std::regex_search(picture, found, std::regex("translate[^>]* d=\"([^\"]*)\"[^>]*" + colour));
    return colour + " " + std::string(found[1]);
}

TEST(AnSvgChart, GivesAServerTheSameLookWhateverItIsDrawnWith) {
    const auto picture_of = [](const std::vector<std::string>& names) {
        std::vector<ServerResult> rows;
        for (const std::string& name : names) rows.push_back(row(name.c_str(), level));
        Experiment idle = experiment({rows, rows});
        for (std::size_t i = 0; i < idle.points.size(); ++i) idle.points[i].at = {{"idle", std::vector{0.0, 100.0}[i]}};
        return drawn(results({idle}));
    };
    const std::string few = picture_of({"minimal", "epoll", "mine"});
    const std::string more = picture_of({"mine", "callbacks", "poll", "epoll", "select", "minimal"});
    for (const char* name : {"minimal", "epoll", "mine"}) {
        EXPECT_FALSE(look_of(few, name).empty()) << few;
        EXPECT_EQ(look_of(few, name), look_of(more, name)) << name;
    }
    EXPECT_NE(look_of(few, "epoll"), look_of(few, "mine"));
    EXPECT_NE(look_of(more, "select"), look_of(more, "poll"));
}

TEST(AnSvgChart, HasMarksHigherForAServerThatCostsMore) {
    const std::string picture = drawn(sweep());
    EXPECT_LT(y_of(picture, "select"), y_of(picture, "epoll"));
    EXPECT_LT(y_of(picture, "20 ×"), y_of(picture, "1 ×"));
}

TEST(AnSvgChart, DrawsIntervalsAsBars) {
    Results results = sweep();
    for (Point& point : results.experiments.front().points) {
        int i = 0;
        for (std::optional<Round>& round : point.rows[2].rounds) round->server_cpu *= 1 + i++;
    }
    EXPECT_EQ(matches_in(drawn(sweep()), "stroke-width=\"1.3\""), 0u) << "all rounds agree";
    EXPECT_EQ(matches_in(drawn(results), "stroke-width=\"1.3\""), 1u);
    EXPECT_EQ(matches_in(drawn(results), "95 % confidence intervals"), 1u);
}

TEST(AnSvgChart, SaysHowItWasMeasured) {
    EXPECT_EQ(matches_in(drawn(sweep()), ">8 rounds of [0-9.]+ s; server on core"), 1u) << drawn(sweep());
    Results in_sessions = sweep();
    Experiment& idle = in_sessions.experiments.front();
    summarise(idle, in_sessions.plan.baseline);
    for (Point& point : idle.points) {
        point.slice = std::chrono::milliseconds(20);
        for (ServerResult& row : point.rows)
            for (std::optional<Round>& round : row.rounds) round->slices.resize(5);
    }
    const std::string picture = svg_chart(in_sessions, idle);
    EXPECT_EQ(matches_in(picture, ">8 sessions of 5 slices of 20 ms; server on core"), 1u) << picture;
}

TEST(AnSvgChart, NamesItsAxesWithTheirUnits) {
    EXPECT_EQ(matches_in(drawn(sweep()), ">CPU time per message, as a multiple of minimal's \\(logarithmic\\)\\."), 1u);
    EXPECT_EQ(matches_in(drawn(sweep()), ">idle connections \\(logarithmic\\)</text>"), 1u);
    Results results = sweep();
    results.experiments.front().figures = {Figure::p99};
    EXPECT_EQ(matches_in(drawn(results), ">p99 latency, µs\\."), 1u);
}

TEST(AnSvgChart, HasALogarithmicAxisWithZeroBesideItIfTheParameterSpansDecades) {
    const std::string picture = drawn(sweep());
    EXPECT_LT(x_of(picture, "0"), x_of(picture, "100"));
    EXPECT_LT(x_of(picture, "100"), x_of(picture, "10,000"));
    Results results = sweep();
    results.experiments.front().points[1].at = {{"idle", 1000.0}};
    const std::string other = drawn(results);
    EXPECT_GT(x_of(other, "10,000") - x_of(other, "1,000"), 400) << "the axis begins with the least that is not zero";
}

TEST(AnSvgChart, HasPointsSideBySideIfTheyAreNoNumbersOfOneKind) {
    Results results = sweep();
    for (Point& point : results.experiments.front().points) point.at.push_back({"active", 0.5});
    const std::string picture = drawn(results);
    EXPECT_NEAR(x_of(picture, "3 connections") - x_of(picture, "2 connections"),
                x_of(picture, "2 connections") - x_of(picture, "1 connections"), 0.2);
    EXPECT_EQ(matches_in(picture, ">idle connections"), 0u);
}

TEST(AnSvgChart, SaysFromWhereOnAServerIsMissingAndWhy) {
    Results results = sweep();
    ServerResult& last = results.experiments.front().points[2].rows[1];
    last.skipped = "only descriptors below 1,024";
    last.rounds.clear();
    const std::string picture = drawn(results);
    EXPECT_EQ(matches_in(picture, "select is missing from 3 connections on: only descriptors below 1,024\\."), 1u);
    EXPECT_LT(x_of(picture, "select"), x_of(picture, "epoll")) << "its name is at the end of its line";
}

TEST(AnSvgChart, HasTheNameOfALineThatEndsEarlyOnItsFreeSide) {
    Results results = sweep();
    std::vector<Point>& points = results.experiments.front().points;
    points[2].rows[1].skipped = "only descriptors below 1,024";
    points[2].rows[1].rounds.clear();
    const double above = y_of(drawn(results), "select");
    for (Point& point : points) {
        ServerResult poll = point.rows[0];
        poll.spec.name = "poll";
        for (std::optional<Round>& round : poll.rounds)
            round->server_cpu = round->server_cpu * 31 / 10;  // select: 3 times
        point.rows.push_back(poll);
    }
    EXPECT_GT(y_of(drawn(results), "select"), above + 30) << "poll's line is just above it";
}

TEST(AnSvgChart, SpreadsNamesThatWouldCoverEachOther) {
    const std::vector<ServerResult> rows{row("a", level), row("b", level), row("c", level)};
    const std::string picture = drawn(results({experiment({rows, rows})}));
    std::vector<double> heights{y_of(picture, "a"), y_of(picture, "b"), y_of(picture, "c")};
    std::ranges::sort(heights);
    EXPECT_GE(heights[1] - heights[0], 16.9);
    EXPECT_GE(heights[2] - heights[1], 16.9);
}

TEST(AnSvgChart, EscapesNames) {
    const std::vector<ServerResult> rows{row("minimal", level), row("a<b&\"c\">", level)};
    EXPECT_EQ(matches_in(drawn(results({experiment({rows, rows})})), ">a&lt;b&amp;&quot;c&quot;&gt;</text>"), 1u);
}

TEST(AnSvgChart, NeedsAServerThatWasMeasured) {
    const std::vector<ServerResult> rows{failed("epoll")};
    EXPECT_THROW(drawn(results({experiment({rows, rows})})), std::runtime_error);
}

TEST(TheScenarioToDraw, IsTheNamedOneOrTheFirstThatHasTwoPoints) {
    const std::vector<ServerResult> rows{row("minimal", level)};
    Results results = sweep();
    results.experiments.insert(results.experiments.begin(), experiment({rows}));
    EXPECT_EQ(scenario_to_draw(results, std::nullopt).name, "idle");
    EXPECT_EQ(scenario_to_draw(results, "idle").name, "idle");
    EXPECT_THROW(scenario_to_draw(results, "throughput"), std::runtime_error) << "it has one point";
    EXPECT_THROW(scenario_to_draw(results, "size"), std::runtime_error) << "it was not run";
    results.experiments.pop_back();
    EXPECT_THROW(scenario_to_draw(results, std::nullopt), std::runtime_error);
}

}  // namespace
}  // namespace iomux::compare
