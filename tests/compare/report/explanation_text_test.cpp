#include "compare/report/explanation_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>
#include <vector>

namespace iomux::compare {
namespace {

using Sentences = std::vector<std::string>;

MeanEstimate certain(double mean) {
    return {.mean = mean, .interval = Interval{mean - 0.1, mean + 0.1}, .p = mean == 0 ? 1 : 1e-6};
}

ExplainedServer server_that_costs(const std::string& title, double us) {
    return {.spec = {},
            .title = title,
            .cost = certain(us),
            .samples = 900,
            .messages = 1e5,
            .sampled_us = us,
            .metered_us = us,
            .hardware = {.cpu_ns = us * 1e3, .cycles = 12'000, .instructions = 6'000, .branch_misses = 3.25}};
}

PartCost part_that_costs(const Part& part, double one, double other, bool told_apart) {
    return {.part = part,
            .us = {one, other},
            .difference = certain(other - one),
            .told_apart = told_apart,
            .functions = {{"a_function", {one, other}}}};
}

// 4 µs and 6 µs.
Explanation explanation() {
    Explanation all{.servers = {server_that_costs("one", 4), server_that_costs("other", 6)},
                    .sessions = 9,
                    .sampled_sessions = 12,
                    .difference = certain(2)};
    all.parts.parts = {part_that_costs({Layer::own_code, Stage::other}, 1, 3, true),
                       part_that_costs({Layer::sending, Stage::write}, 3, 3, false)};
    all.parts.difference = certain(2);
    all.parts.not_told_apart = certain(0);
    return all;
}

// Without its line breaks.
bool has(const Explanation& explained, const std::string& text) {
    std::string all = text_of(explained, Work(), Cores(), Terminal());
    std::ranges::replace(all, '\n', ' ');
    return all.find(text) != std::string::npos;
}

TEST(AnExplanation, IsSummarisedInThreeSentences) {
    EXPECT_EQ(summary_of(explanation()),
              (Sentences{"other costs 2.00 µs more per message than one [1.90–2.10]: 6.00 µs instead of 4.00 µs.",
                         "The largest part: +2.00 µs in own code (a_function).",
                         "The 1 part that is not told apart adds up to 0.00 [−0.10 to +0.10] µs."}));
}

TEST(AnExplanation, HasWhatTheHardwareCountedPerMessage) {
    EXPECT_TRUE(has(explanation(),
                    "Hardware counters, per message: one: 12,000 cycles, 6,000 instructions (0.50 per cycle), "
                    "unknown cache misses, 3.25 branch misses; other: 12,000 cycles"));
}

TEST(AnExplanation, SaysWhyTheHardwareCountedNothing) {
    Explanation uncounted = explanation();
    uncounted.no_hardware_counts = "this machine has none";
    EXPECT_TRUE(has(uncounted, "Hardware counters: not measured: this machine has none."));
}

TEST(AnExplanation, WarnsOfNothingIfAllIsKnown) { EXPECT_EQ(warnings_on(explanation()), Sentences()); }

TEST(AnExplanation, WarnsIfOverThreePercentAreOfUnknownFunctions) {
    Explanation doubtful = explanation();
    doubtful.servers[0].unknown_share = 0.03;
    doubtful.servers[1].unknown_share = 0.034;
    EXPECT_EQ(warnings_on(doubtful), (Sentences{"3.4 % of the samples of other are of unknown functions"}));
    EXPECT_TRUE(has(doubtful, "Warning: 3.4 % of the samples of other are of unknown functions."));
}

TEST(AnExplanation, WarnsIfThePartsDoNotAddUp) {
    Explanation doubtful = explanation();
    doubtful.servers[0].metered_us = 4.5;
    doubtful.parts.difference = certain(3);
    EXPECT_EQ(
        warnings_on(doubtful),
        (Sentences{"the parts of one add up to 4.00 µs per message, but its CPU clock counted 4.50 µs",
                   "the parts add up to a difference of 3.00 µs per message, but without sampling it is 2.00 µs"}));
}

TEST(AnExplanation, WarnsOfMissedSamples) {
    Explanation doubtful = explanation();
    doubtful.missed = {.lost = 1200, .throttled = 2};
    EXPECT_EQ(warnings_on(doubtful),
              (Sentences{"the kernel lost 1,200 samples",
                         "the kernel paused the sampling 2 times because it took too much time"}));
}

TEST(AnExplanation, WithoutSamplesHasNoTable) {
    Explanation idle = explanation();
    idle.parts = {};
    for (ExplainedServer& server : idle.servers) server.samples = 0;
    EXPECT_TRUE(has(idle, "Warning: no sample was taken of one, which uses too little CPU time; raise --budget."));
    EXPECT_FALSE(has(idle, "most in"));
}

// Beside `one`, which costs 4 µs.
Explanation explanation_of_all() {
    Explanation all{.servers = {server_that_costs("one", 4), server_that_costs("other", 6)},
                    .sessions = 9,
                    .sampled_sessions = 12,
                    .baseline = 0,
                    .explains_all = true};
    BesideBaseline& beside = all.servers[1].beside_baseline.emplace();
    beside.ratio = Ratio{.value = 1.5, .interval = Interval{1.45, 1.55}, .verdict = Verdict::more};
    beside.difference = beside.parts.difference = certain(2);
    beside.parts.parts = explanation().parts.parts;
    beside.parts.not_told_apart = certain(0);
    return all;
}

std::vector<std::string> lines_in(const Explanation& explained) {
    std::vector<std::string> lines;
    std::istringstream text(text_of(explained, Work(), Cores(), Terminal()));
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
}

TEST(AnExplanationOfAll, IsATableOfTheServersAndTheirParts) {
    const std::vector<std::string> lines = lines_in(explanation_of_all());
    ASSERT_GE(lines.size(), 6u);
    EXPECT_EQ((Sentences(lines.begin(), lines.begin() + 6)),
              (Sentences{"The other server is told apart from one, which takes 4.00 µs of CPU time per message.", "",
                         "server  CPU µs/msg             ratio  adds µs  in", "one           4.00                 1",
                         "other         6.00  1.50 [1.45–1.55]    +2.00  own code: a_function",
                         "                                         0.00  1 part that is not told apart"}));
}

// Beside `one`: so many servers, of which some are told apart.
std::string sentence_on(std::size_t servers, std::size_t told_apart) {
    Explanation all = explanation_of_all();
    const ExplainedServer other = all.servers.back();
    all.servers.resize(1, other);
    for (std::size_t i = 0; i < servers; ++i) {
        all.servers.push_back(other);
        if (i >= told_apart) all.servers.back().beside_baseline->ratio->verdict = Verdict::not_told_apart;
    }
    const std::string line = lines_in(all).front();
    return line.substr(0, line.find(','));
}

TEST(AnExplanationOfAll, SaysHowManyServersAreToldApart) {
    EXPECT_EQ(sentence_on(0, 0), "No other server could be compared with one");
    EXPECT_EQ(sentence_on(1, 0), "The other server is not told apart from one");
    EXPECT_EQ(sentence_on(1, 1), "The other server is told apart from one");
    EXPECT_EQ(sentence_on(3, 0), "None of 3 servers is told apart from one");
    EXPECT_EQ(sentence_on(3, 1), "1 of 3 servers is told apart from one");
    EXPECT_EQ(sentence_on(3, 2), "2 of 3 servers are told apart from one");
    EXPECT_EQ(sentence_on(3, 3), "3 of 3 servers are told apart from one");
}

TEST(AnExplanationOfAll, AddsUpSmallerParts) {
    Explanation many = explanation_of_all();
    std::vector<PartCost>& parts = many.servers[1].beside_baseline->parts.parts;
    for (const Layer layer : {Layer::library, Layer::allocator, Layer::copying, Layer::waiting})
        parts.insert(parts.begin() + 1, part_that_costs({layer, Stage::other}, 1, 1.25, true));
    EXPECT_TRUE(has(many, "+0.50  2 smaller parts"));
}

TEST(AnExplanationOfAll, SaysWhyAServerHasNoFigures) {
    Explanation some = explanation_of_all();
    some.servers.push_back({.spec = {}, .title = "third", .skipped = "it cannot run here"});
    some.servers.push_back({.spec = {}, .title = "fourth", .failed = "it died"});
    EXPECT_TRUE(has(some, "third   skipped: it cannot run here"));
    EXPECT_TRUE(has(some, "fourth  failed: it died"));
    EXPECT_EQ(warnings_on(some), Sentences());
}

TEST(AnExplanationOfAll, WarnsIfThePartsOfAServerDoNotAddUp) {
    Explanation doubtful = explanation_of_all();
    doubtful.servers[1].beside_baseline->parts.difference = certain(3);
    EXPECT_EQ(warnings_on(doubtful),
              (Sentences{"the parts of other add up to a difference of 3.00 µs per message, but without sampling it is "
                         "2.00 µs"}));
}

TEST(AnExplanation, SaysWhatTheSamplingCosts) {
    Explanation measured = explanation();
    measured.servers[0].sampling_cost = {.mean = std::log(1.012),
                                         .interval = Interval{std::log(0.997), std::log(1.02)}};
    EXPECT_TRUE(has(measured, "(one of 4 cycles is without): one: +1.2 % [−0.3 to +2.0]."));
    EXPECT_FALSE(has(explanation(), "What the sampling costs"));
}

}  // namespace
}  // namespace iomux::compare
