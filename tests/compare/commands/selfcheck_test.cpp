#include "compare/commands/selfcheck.hpp"

#include <gtest/gtest.h>

#include <array>
#include <boost/json.hpp>
#include <cmath>
#include <random>

#include "compare/statistics/sessions.hpp"
#include "sanitized.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono_literals;

CheckedServer equal(Verdict verdict) {
    return {.title = "epoll 2", .measured = {.value = 0.01, .error = 0.005, .degrees = 12}, .verdict = verdict};
}

// Its estimate is this many standard errors of 0.5 % from the truth.
CheckedServer slowed(double by, Verdict verdict, double chance, double errors_off = 0) {
    return {.title = "epoll slowed",
            .slowed_by = by,
            .truth = {.value = std::log(1 + by), .error = 0, .degrees = 7},
            .measured = {.value = std::log(1 + by) + errors_off * 0.005, .error = 0.005, .degrees = 12},
            .verdict = verdict,
            .chance = chance};
}

SelfCheck check_of(std::vector<CheckedServer> servers) {
    return {.calibration = {.cpu_us_per_message = 5,
                            .longer = 1000ns,
                            .ratio = {.value = std::log(1.2), .error = 0.005, .degrees = 9}},
            .baseline = "epoll",
            .servers = std::move(servers),
            .sessions = 13,
            .slice = 20ms};
}

TEST(AnEqualServer, IsWronglyFoundDifferent) {
    EXPECT_EQ(equal(Verdict::not_told_apart).finding(), Finding::right);
    EXPECT_EQ(equal(Verdict::more).finding(), Finding::wrong);
    EXPECT_EQ(equal(Verdict::less).finding(), Finding::wrong);
}

TEST(ASlowedServer, MustBeFoundIfThatIsAlmostCertain) {
    EXPECT_EQ(slowed(0.05, Verdict::more, 1).finding(), Finding::right);
    EXPECT_EQ(slowed(0.05, Verdict::more, 0.2).finding(), Finding::right);
    EXPECT_EQ(slowed(0.05, Verdict::not_told_apart, 0.995).finding(), Finding::wrong);
    EXPECT_EQ(slowed(0.05, Verdict::not_told_apart, 0.985).finding(), Finding::not_enough);
    for (const double chance : {0.2, 1.0}) EXPECT_EQ(slowed(0.05, Verdict::less, chance).finding(), Finding::wrong);
}

// Student's t for 99 % and 12 degrees of freedom is 3.055 (any table).
TEST(ASlowedServer, HasAnIntervalThatContainsTheTruth) {
    for (const Verdict verdict : {Verdict::more, Verdict::not_told_apart})
        for (const int sign : {-1, 1}) {
            EXPECT_NE(slowed(0.05, verdict, 0.5, sign * 3.0).finding(), Finding::off);
            EXPECT_EQ(slowed(0.05, verdict, 0.5, sign * 3.1).finding(), Finding::off);
        }
}

// Twice the variance: the interval is wider by a factor of 1.41, and t is that of 18.6 degrees of freedom, 2.866.
TEST(ASlowedServer, MayDifferFromATruthThatIsUncertain) {
    CheckedServer server = slowed(0.05, Verdict::more, 1, 4.0);
    EXPECT_EQ(server.finding(), Finding::off);
    server.truth.error = 0.005;
    EXPECT_EQ(server.finding(), Finding::right);
    server.measured.value += 0.1 * 0.005;
    EXPECT_EQ(server.finding(), Finding::off);
}

TEST(ASelfCheck, PassesIfAllFindingsAreRight) {
    EXPECT_EQ(
        check_of({equal(Verdict::not_told_apart), slowed(0.02, Verdict::more, 0.6), slowed(0.05, Verdict::more, 1)})
            .outcome(),
        SelfCheckOutcome::passed);
}

TEST(ASelfCheck, FailsIfAnEqualServerIsFoundDifferent) {
    for (const Verdict named : {Verdict::less, Verdict::more})
        EXPECT_EQ(check_of({equal(Verdict::not_told_apart), equal(named), slowed(0.05, Verdict::more, 1)}).outcome(),
                  SelfCheckOutcome::failed);
}

TEST(ASelfCheck, FailsIfAnySlowedServerIsMissedAlthoughTheOddsWereGood) {
    EXPECT_EQ(check_of({slowed(0.02, Verdict::not_told_apart, 0.995), slowed(0.05, Verdict::more, 1)}).outcome(),
              SelfCheckOutcome::failed);
    EXPECT_EQ(check_of({slowed(0.02, Verdict::more, 0.995), slowed(0.05, Verdict::not_told_apart, 1)}).outcome(),
              SelfCheckOutcome::failed);
}

TEST(ASelfCheck, FailsIfAnIntervalDoesNotContainTheTruth) {
    EXPECT_EQ(check_of({slowed(0.02, Verdict::more, 1, 5), slowed(0.05, Verdict::more, 1)}).outcome(),
              SelfCheckOutcome::failed);
}

TEST(ASelfCheck, IsInconclusiveIfTheRunWasTooNoisyForTheSlowestServer) {
    EXPECT_EQ(check_of({equal(Verdict::not_told_apart), slowed(0.02, Verdict::more, 0.3),
                        slowed(0.05, Verdict::not_told_apart, 0.8)})
                  .outcome(),
              SelfCheckOutcome::inconclusive);
    EXPECT_EQ(check_of({equal(Verdict::more), slowed(0.05, Verdict::not_told_apart, 0.8)}).outcome(),
              SelfCheckOutcome::failed);
}

TEST(ASelfCheck, IsInconclusiveIfTheSlowestServerWasFoundByLuck) {
    EXPECT_EQ(check_of({slowed(0.05, Verdict::more, 0.49)}).outcome(), SelfCheckOutcome::inconclusive);
    EXPECT_EQ(check_of({slowed(0.05, Verdict::more, 0.5)}).outcome(), SelfCheckOutcome::passed);
}

TEST(ASelfCheck, PassesIfOnlyASmallerDifferenceIsMissedAtLowOdds) {
    EXPECT_EQ(check_of({slowed(0.02, Verdict::not_told_apart, 0.6), slowed(0.05, Verdict::more, 1)}).outcome(),
              SelfCheckOutcome::passed);
}

TEST(ACalibration, SaysHowLongToSpinAndWhatThatCosts) {
    const Calibration calibration{
        .cpu_us_per_message = 5, .longer = 1000ns, .ratio = {.value = std::log(1.25), .error = 0.01, .degrees = 9}};
    EXPECT_EQ(calibration.time_for(0.05), 200ns);
    const LogRatio truth = calibration.true_ratio(200ns, 5);
    EXPECT_NEAR(truth.value, std::log(1.05), 1e-9);
    EXPECT_NEAR(truth.error, 1.25 * 0.01 / 5 / 1.05, 1e-9);
    EXPECT_EQ(truth.degrees, 9);
    // The same spinning is a smaller share of what a slower machine needs.
    EXPECT_NEAR(calibration.true_ratio(200ns, 10).value, std::log(1.025), 1e-9);
}

TEST(ACalibration, IsUncertainWithoutAClearDifference) {
    Calibration calibration{
        .cpu_us_per_message = 5, .longer = 1000ns, .ratio = {.value = std::log(1.25), .error = 0.0501}};
    EXPECT_FALSE(calibration.is_certain());  // 25 % is four times 5 % of 1.25
    calibration.ratio.error = 0.049;
    EXPECT_TRUE(calibration.is_certain());
    calibration.ratio.value = -calibration.ratio.value;
    EXPECT_FALSE(calibration.is_certain());
}

// Rows of servers whose processes differ by 1 % from one start to the next.
class Synthetic {
public:
    std::vector<ServerResult> rows(const std::vector<double>& true_ratios, std::size_t sessions, double cost) {
        std::vector<ServerResult> rows(true_ratios.size());
        for (std::size_t i = 0; i < rows.size(); ++i)
            for (std::size_t session = 0; session < sessions; ++session) {
                const double one = cost * true_ratios[i] * std::exp(0.01 * normal_(random_));
                Round round;
                round.messages = 1000;
                round.process_cpu = round.server_cpu =
                    std::chrono::round<std::chrono::nanoseconds>(std::chrono::duration<double, std::micro>(one * 1000));
                round.slices = {one};
                rows[i].rounds.push_back(round);
            }
        return rows;
    }

private:
    std::mt19937_64 random_{11};
    std::normal_distribution<double> normal_;
};

// The calibration at a cost of 5 µs, the check when the machine is slower.
SelfCheck synthetic_check(Synthetic& synthetic, std::size_t sessions) {
    constexpr double calibrated = 1.2, slower = 1.1;
    const Calibration calibration = Calibration::of(synthetic.rows({1, calibrated}, 16, 5), 1000ns);
    std::vector<double> true_ratios(8, 1.0);
    const std::vector<double> slowed_by{0.02, 0.05};
    for (const double share : slowed_by)
        true_ratios.push_back(1 + (calibrated - 1) * static_cast<double>(calibration.time_for(share).count()) / 1000 /
                                      slower);
    return checked(calibration, synthetic.rows(true_ratios, sessions, 5 * slower),
                   {"epoll", "2", "3", "4", "5", "6", "7", "8", "+2", "+5"}, slowed_by);
}

TEST(ASelfCheck, OfSyntheticServersKnowsWhichAreSlowedAndByHowMuch) {
    Synthetic synthetic;
    const SelfCheck check = synthetic_check(synthetic, 12);
    EXPECT_EQ(check.sessions, 12u);
    ASSERT_EQ(check.servers.size(), 9u);
    for (std::size_t i = 0; i < 7; ++i) {
        EXPECT_FALSE(check.servers[i].is_slowed());
        EXPECT_EQ(check.servers[i].truth.value, 0);
    }
    EXPECT_EQ(check.servers[7].slowed_by, 0.02);
    EXPECT_EQ(check.servers[8].slowed_by, 0.05);
    EXPECT_NEAR(std::exp(check.servers[7].truth.value), 1 + 0.02 / 1.1, 0.002);
    EXPECT_NEAR(std::exp(check.servers[8].truth.value), 1 + 0.05 / 1.1, 0.002);
    EXPECT_NEAR(check.servers[8].measured.value, check.servers[8].truth.value, 0.02);
    EXPECT_NEAR(check.servers[8].measured.error, 0.0141 / std::sqrt(12), 0.002);
    EXPECT_NEAR(check.servers[8].measured.degrees, 11, 1e-9);
    EXPECT_LT(check.servers[7].chance, check.servers[8].chance);
}

// The odds that the text and --help state.
TEST(ASelfCheck, OfASoundComparisonFailsAsSeldomAsItSays) {
    Synthetic synthetic;
    constexpr int runs = is_sanitized ? 100 : 1000;
    int failed = 0, passed = 0, wrong = 0;
    for (int run = 0; run < runs; ++run) {
        const SelfCheck check = synthetic_check(synthetic, 12);
        failed += check.outcome() == SelfCheckOutcome::failed ? 1 : 0;
        passed += check.outcome() == SelfCheckOutcome::passed ? 1 : 0;
        for (const CheckedServer& server : check.servers)
            wrong += server.is_slowed() && server.finding() == Finding::wrong ? 1 : 0;
    }
    EXPECT_NEAR(chance_of_false_alarm(2), 0.09, 1e-9);
    EXPECT_LE(failed, runs * chance_of_false_alarm(2));
    EXPECT_GE(passed, runs * 0.9);
    EXPECT_LE(wrong, runs * 0.02);
}

TEST(ASelfCheck, PrintsEveryServerTheOddsAndTheOutcome) {
    const std::string text =
        text_of(check_of({equal(Verdict::not_told_apart), slowed(0.02, Verdict::not_told_apart, 0.628),
                          slowed(0.05, Verdict::more, 0.9999)}),
                {});
    EXPECT_NE(text.find("server        true ratio             measured         verdict    finding\n"
                        "epoll              1.000                1.000        baseline\n"
                        "epoll 2            1.000  1.010 [0.999–1.021]  not told apart      right\n"
                        "epoll slowed       1.020  1.020 [1.009–1.031]  not told apart  too noisy\n"
                        "epoll slowed       1.050  1.050 [1.039–1.062]        costlier      right\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("\n13 sessions, in slices of 20 ms. Measured: CPU per message"), std::string::npos) << text;
    EXPECT_NE(text.find("spins 1000 ns longer per message costs 20.0 % more [18.7–21.4 %]"), std::string::npos) << text;
    EXPECT_NE(text.find("a server 2 % slower is found in at least 63 % of such runs"), std::string::npos) << text;
    EXPECT_NE(text.find("a server 5 % slower is found in over 99 % of such runs"), std::string::npos) << text;
    EXPECT_NE(text.find("A sound comparison fails this check in at most 9 of 100 runs."), std::string::npos) << text;
    EXPECT_NE(text.find("epoll slowed: not found; this run was too noisy to tell whether it should have been\n"),
              std::string::npos)
        << text;
    EXPECT_TRUE(text.ends_with("Passed.\n")) << text;
}

TEST(ASelfCheck, SaysWhyItFails) {
    const std::string text = text_of(check_of({equal(Verdict::more), slowed(0.02, Verdict::not_told_apart, 0.995),
                                               slowed(0.05, Verdict::more, 1, 5)}),
                                     {});
    for (const char* reason :
         {"epoll 2: costlier according to the verdict, but equal to the baseline\n",
          "epoll slowed: not found, although comparisons of this precision find it in over 99 % of runs\n",
          "epoll slowed: the 99 % confidence interval [1.060–1.093] does not contain"})
        EXPECT_NE(text.find(reason), std::string::npos) << text;
    EXPECT_TRUE(
        text.ends_with("Failed: repeat the check. If it fails again, comparisons on this machine are not reliable.\n"))
        << text;
}

TEST(ASelfCheck, IsWrittenAsJson) {
    const boost::json::object json =
        json_of(check_of({equal(Verdict::not_told_apart), slowed(0.05, Verdict::more, 1)}));
    EXPECT_EQ(json.at("outcome").as_string(), "passed");
    EXPECT_EQ(json.at("sessions").to_number<int>(), 13);
    EXPECT_EQ(json.at("slice_ms").to_number<double>(), 20);
    const boost::json::object& server = json.at("servers").as_array().at(1).as_object();
    EXPECT_EQ(server.at("slowed_by").to_number<double>(), 0.05);
    EXPECT_NEAR(server.at("measured").at("ratio").to_number<double>(), 1.05, 1e-9);
    EXPECT_EQ(server.at("finding").as_string(), "right");
}

}  // namespace
}  // namespace iomux::compare
