#include "compare/comparison/ratio_warnings.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

#include "compare/report/report_text.hpp"
#include "compare/report/warnings_text.hpp"
#include "compare/results/parse_results.hpp"
#include "compare/results/results_json.hpp"
#include "rows.hpp"
#include "sanitized.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono_literals;

struct Layout {
    std::size_t rows, sessions, cycles;
    double outliers = 0;  // the share of slices that cost twice as much
};

// What the last row costs more in a slice than the others, as a logarithm.
using Defect = std::function<double(std::size_t session, std::size_t cycle)>;

// A slice takes 20 ms of CPU time, in which the server answers as many messages as it can.
Round session_of(const std::vector<double>& costs) {
    Round round;
    for (const double cost : costs) {
        round.slices.emplace_back(cost);
        round.messages += 20'000 / cost;
        round.server_cpu += 20ms;
    }
    return round;
}

// As in the tests of ratios from sessions: every process has a speed of its own (1 %), the machine drifts by 0.5 % from
// slice to slice, and a slice has noise of its own (3.3 %).
std::vector<ServerResult> table(const Layout& layout, std::mt19937_64& random, const Defect& defect = {}) {
    std::normal_distribution<double> normal;
    std::uniform_real_distribution<double> uniform;
    std::vector<ServerResult> rows;
    for (std::size_t i = 0; i < layout.rows; ++i)
        rows.push_back(
            {.spec = {.name = i == 0 ? "minimal" : std::string(1, static_cast<char>('a' + i)), .path = "x"}});
    for (std::size_t session = 0; session < layout.sessions; ++session) {
        std::vector<double> speed(layout.rows);
        for (double& one : speed) one = 0.01 * normal(random);
        std::vector<std::vector<double>> costs(layout.rows);
        double drift = 0;
        std::vector<std::size_t> order(layout.rows);
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        for (std::size_t cycle = 0; cycle < layout.cycles; ++cycle) {
            std::ranges::shuffle(order, random);
            for (const std::size_t i : order) {
                drift += 0.005 * normal(random);
                double logarithm = std::log(5) + speed[i] + drift + 0.033 * normal(random);
                if (uniform(random) < layout.outliers) logarithm += std::log(2);
                if (defect && i + 1 == layout.rows) logarithm += defect(session, cycle);
                costs[i].push_back(std::exp(logarithm));
            }
        }
        for (std::size_t i = 0; i < layout.rows; ++i) rows[i].rounds.emplace_back(session_of(costs[i]));
    }
    return rows;
}

std::set<RatioWarning::Kind> kinds_in(const std::vector<ServerResult>& rows, std::size_t row) {
    std::set<RatioWarning::Kind> kinds;
    const Summary summary = summarise(rows);
    for (const RatioWarning& warning : summary.medians[row]->ratio->warnings) kinds.insert(warning.kind);
    return kinds;
}

bool has_any(const std::vector<ServerResult>& rows) {
    const Summary summary = summarise(rows);
    return std::ranges::any_of(summary.medians,
                               [](const std::optional<Medians>& medians) { return !medians->ratio->warnings.empty(); });
}

double share_of_false_alarms(const Layout& layout) {
    constexpr int tables = is_sanitized ? 30 : 300;
    std::mt19937_64 random(3);
    int alarms = 0;
    for (int i = 0; i < tables; ++i) alarms += has_any(table(layout, random)) ? 1 : 0;
    return static_cast<double>(alarms) / tables;
}

TEST(TheWarnings, AppearInAtMostOneOfTwentyTablesOfEqualServers) {
    // Of few tables, chance alone may bring the share above 5 %.
    constexpr double most = is_sanitized ? 0.1 : 0.05;
    for (const double outliers : {0.0, 0.05}) {
        EXPECT_LE(share_of_false_alarms({.rows = 4, .sessions = 16, .cycles = 10, .outliers = outliers}), most);
        EXPECT_LE(share_of_false_alarms({.rows = 15, .sessions = 10, .cycles = 10, .outliers = outliers}), most);
        EXPECT_LE(share_of_false_alarms({.rows = 15, .sessions = 8, .cycles = 10, .outliers = outliers}), most);
    }
}

// The share of tables in which the last row has this warning.
double share_found(RatioWarning::Kind kind, const Defect& defect) {
    constexpr int tables = 50;
    std::mt19937_64 random(4);
    int found = 0;
    for (int i = 0; i < tables; ++i)
        found += kinds_in(table({.rows = 4, .sessions = 16, .cycles = 10}, random, defect), 3).contains(kind) ? 1 : 0;
    return static_cast<double>(found) / tables;
}

TEST(TheWarnings, FindBurstsOfACollector) {
    EXPECT_GE(share_found(RatioWarning::Kind::bursts,
                          [](std::size_t session, std::size_t cycle) {
                              return (session + cycle) % 10 == 0 ? std::log(2.5) : 0.0;
                          }),
              0.95);
}

TEST(TheWarnings, FindSessionsInGroups) {
    EXPECT_GE(share_found(RatioWarning::Kind::groups,
                          [](std::size_t session, std::size_t) { return session % 3 == 0 ? 0.25 : 0.0; }),
              0.95);
}

TEST(TheWarnings, FindSessionsThatResembleTheOneBefore) {
    EXPECT_GE(share_found(RatioWarning::Kind::autocorrelation,
                          [](std::size_t session, std::size_t) { return 0.02 * static_cast<double>(session); }),
              0.95);
}

TEST(TheWarnings, FindATrendWithinSessions) {
    EXPECT_GE(share_found(RatioWarning::Kind::trend,
                          [](std::size_t, std::size_t cycle) { return 0.01 * static_cast<double>(cycle); }),
              0.95);
}

// A trend of 0.5 % in a session is significant if there are enough sessions.
TEST(TheWarnings, LeaveOutWhatIsSmall) {
    std::mt19937_64 random(6);
    const auto small = [](std::size_t, std::size_t cycle) { return 0.0006 * static_cast<double>(cycle); };
    EXPECT_TRUE(kinds_in(table({.rows = 2, .sessions = 3000, .cycles = 10}, random, small), 1).empty());
}

TEST(TheWarnings, AreOnlyAboutSessions) {
    EXPECT_FALSE(
        has_any({row("minimal", std::vector(12, 10)), row("epoll", {10, 10, 10, 10, 10, 10, 20, 20, 20, 20, 20, 20})}));
}

// As a results file may have them: the last row has a trend within its sessions, sessions are missing, and some slices
// cost nothing.
std::vector<ServerResult> incomplete_rows() {
    std::mt19937_64 random(7);
    std::vector<ServerResult> rows =
        table({.rows = 3, .sessions = 16, .cycles = 10}, random,
              [](std::size_t, std::size_t cycle) { return 0.03 * static_cast<double>(cycle); });
    for (ServerResult& row : rows)
        for (std::optional<Round>& round : row.rounds) {
            round->load = load_report();
            take_figures(round->load, *round);
            round->window = 1s;
            if (&row == &rows[0]) continue;
            for (const std::size_t cycle : {std::size_t{3}, std::size_t{8}}) round->slices[cycle] = 0;
        }
    for (std::optional<double>& slice : rows[1].rounds[4]->slices) slice = 0;
    rows[0].rounds[1].reset();
    rows[2].rounds[2].reset();
    return rows;
}

void expect_the_trend(const ServerSummary& server) {
    bool found = false;
    for (const RatioWarning& warning : server.medians->ratio->warnings) {
        EXPECT_TRUE(std::isfinite(warning.value)) << name_of(warning.kind);
        if (warning.kind != RatioWarning::Kind::trend) continue;
        found = true;
        EXPECT_NEAR(warning.value, std::expm1(9 * 0.03), 0.1);
    }
    EXPECT_TRUE(found);
}

TEST(TheWarnings, LeaveOutMissingSessionsAndSlicesWithoutCost) {
    const Experiment one = experiment({incomplete_rows()});
    expect_the_trend(one.points[0].summary.servers[2]);
    EXPECT_TRUE(std::isfinite(one.points[0].summary.servers[1].medians->ratio->value));
}

TEST(TheWarnings, OfAResultsFileLeaveOutMissingSessionsAndSlicesWithoutCost) {
    Results results{.experiments = {experiment({incomplete_rows()})}};
    results.experiments[0].points[0].slice = 20ms;
    Results parsed = parse_results(boost::json::serialize(json_of(results)));
    ASSERT_FALSE(parsed.experiments[0].points[0].rows[2].rounds[2]);
    summarise(parsed.experiments[0], {});
    expect_the_trend(parsed.experiments[0].points[0].summary.servers[2]);
    EXPECT_NE(text_report(parsed, {}).find("Warning: the ratio changes within a session"), std::string::npos);
}

Experiment with_warnings() {
    Experiment one = experiment({{row("minimal", {10}), row("epoll", {10}), row("poll", {10})}});
    using Kind = RatioWarning::Kind;
    std::vector<ServerSummary>& servers = one.points[0].summary.servers;
    servers[1].medians->ratio->warnings = {{Kind::bursts, 1.084}, {Kind::trend, -0.023}};
    servers[2].medians->ratio->warnings = {{Kind::bursts, 1.1}, {Kind::groups, 0.098}, {Kind::autocorrelation, 0.81}};
    return one;
}

TEST(TheTextOfWarnings, HasALineForEachKindAndNamesTheRows) {
    EXPECT_EQ(ratio_warnings(with_warnings().points),
              "Warning: the cost, of the server or of the baseline, has bursts that the trimmed mean leaves out (a "
              "garbage collector, for example). The ratio with them: epoll 1.08, poll 1.10.\n"
              "Warning: the sessions fall into two groups, so the ratio describes neither. The gap between them: poll "
              "9.8 %.\n"
              "Warning: each session resembles the one before it, so the interval is too narrow. Autocorrelation: poll "
              "0.81.\n"
              "Warning: the ratio changes within a session, so it depends on the length of a session. From the first "
              "cycle to the last: epoll -2.3 %.\n");
    EXPECT_EQ(ratio_warnings(experiment({{row("minimal", {10}), row("epoll", {10})}}).points), "");
}

TEST(TheTextOfWarnings, NamesThePointIfThereAreSeveral) {
    Experiment one = with_warnings();
    one.points.push_back(one.points[0]);
    one.points[1].label = "2 connections";
    EXPECT_NE(ratio_warnings(one.points).find("The gap between them: poll (1 connections) 9.8 %, poll (2 connections)"),
              std::string::npos);
}

TEST(TheReports, HaveTheWarningsOnRatios) {
    Experiment one = with_warnings();
    for (const std::string_view name : {std::string_view("throughput"), single_comparison}) {
        one.name = name;
        const std::string text = text_report(one, {}, {});
        EXPECT_NE(text.find("Warning: each session resembles the one before it"), std::string::npos) << text;
    }
}

}  // namespace
}  // namespace iomux::compare
