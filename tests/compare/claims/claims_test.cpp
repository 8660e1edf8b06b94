// The verdict of a claim follows from its figures.
#include "compare/claims/claims.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <csignal>
#include <set>

#include "compare/claims/claims_measurement.hpp"
#include "compare/report/claims_text.hpp"
#include "compare/results/claims_json.hpp"
#include "threading_figures.hpp"

namespace iomux::compare {
namespace {

using std::chrono::milliseconds;

std::error_code error(std::errc number) { return std::error_code(static_cast<int>(number), std::system_category()); }

MonitorFigure figure(std::string mechanism, double median) { return {std::move(mechanism), median, std::nullopt, ""}; }

MonitorPoint point(std::size_t descriptors, double select, double poll, double epoll) {
    return {descriptors, {figure("select", select), figure("poll", poll), figure("epoll", epoll)}};
}

ActivePoint active(double share, double poll, double epoll) {
    return {100, share, {figure("poll", poll), figure("epoll", epoll)}};
}

// The figures of table 63-9 of The Linux Programming Interface. With all descriptors ready, poll is faster than epoll.
MonitorResult textbook() {
    return {.points = {point(10, 7.3, 6.1, 4.1), point(100, 30, 29, 4.2), point(1000, 350, 350, 5.3)},
            .active = {active(0.01, 2700, 300), active(0.3, 110, 209), active(1, 27, 202)}};
}

TEST(BlockingClaim, HoldsIfTheThreadSleepsAndUsesNoCpu) {
    EXPECT_EQ(blocking_suspends({milliseconds(50), milliseconds(1), 1, 1, {}}).verdict, ClaimVerdict::holds);
    EXPECT_EQ(blocking_suspends({milliseconds(50), milliseconds(50), 1, 1, {}}).verdict, ClaimVerdict::does_not_hold);
    EXPECT_EQ(blocking_suspends({milliseconds(50), milliseconds(1), 0, 1, {}}).verdict, ClaimVerdict::does_not_hold);
}

TEST(NonblockingClaim, HoldsIfTheCallFailsAndDoesNotSleep) {
    const auto refused = error(std::errc::operation_would_block);
    EXPECT_EQ(nonblocking_returns({milliseconds(50), milliseconds(50), 0, 1000, refused}).verdict, ClaimVerdict::holds);
    EXPECT_EQ(nonblocking_returns({milliseconds(50), milliseconds(1), 1, 1, refused}).verdict,
              ClaimVerdict::does_not_hold);
    EXPECT_EQ(nonblocking_returns({milliseconds(50), milliseconds(1), 0, 9, {}}).verdict, ClaimVerdict::does_not_hold);
}

TEST(BlocksTwiceClaim, HoldsIfBothSleep) {
    EXPECT_EQ(multiplexing_blocks_twice({100, 100, 100}).verdict, ClaimVerdict::holds);
    EXPECT_EQ(multiplexing_blocks_twice({100, 100, 3}).verdict, ClaimVerdict::holds_only_when);
    EXPECT_EQ(multiplexing_blocks_twice({100, 100, 0}).verdict, ClaimVerdict::does_not_hold);
}

TEST(BlocksTwiceClaim, IsNotMeasuredIfNoWaitWasNeeded) {
    EXPECT_EQ(multiplexing_blocks_twice({100, 0, 0}).verdict, ClaimVerdict::not_measured);
}

TEST(TwoCallsClaim, HoldsIfEachMessageNeedsItsOwnWait) {
    EXPECT_EQ(two_calls_per_message({1, 1, 1}, {32, 1, 1}).verdict, ClaimVerdict::holds);
    EXPECT_EQ(two_calls_per_message({1, 1, 1}, {32, 0.03, 1}).verdict, ClaimVerdict::holds_only_when);
    EXPECT_EQ(two_calls_per_message({1, 0, 1}, {32, 0, 1}).verdict, ClaimVerdict::does_not_hold);
}

TEST(FilesClaim, HoldsExceptForIoUring) {
    const auto refused = error(std::errc::operation_not_permitted);
    EXPECT_EQ(files_block({true, true, refused, std::nullopt}).verdict, ClaimVerdict::holds);
    EXPECT_EQ(files_block({true, true, refused, true}).verdict, ClaimVerdict::holds_only_when);
    EXPECT_EQ(files_block({true, true, {}, true}).verdict, ClaimVerdict::does_not_hold);
    EXPECT_EQ(files_block({false, true, refused, true}).verdict, ClaimVerdict::does_not_hold);
}

TEST(TriggerClaims, DependOnWhetherUnreadBytesAreReportedAgain) {
    EXPECT_EQ(select_is_level_triggered({3, 3, 3, 1}).verdict, ClaimVerdict::holds);
    EXPECT_EQ(select_is_level_triggered({3, 1, 3, 1}).verdict, ClaimVerdict::does_not_hold);
    EXPECT_EQ(epoll_is_edge_triggered({3, 3, 3, 1}).verdict, ClaimVerdict::does_not_hold);
    EXPECT_EQ(epoll_is_edge_triggered({3, 3, 1, 1}).verdict, ClaimVerdict::holds);
}

TEST(UserSpaceClaim, HoldsIfTheKernelTakesTheSmallerShare) {
    EXPECT_EQ(select_looks_in_user_space({500, 1, 0.95}).verdict, ClaimVerdict::does_not_hold);
    EXPECT_EQ(select_looks_in_user_space({500, 1, 0.2}).verdict, ClaimVerdict::holds);
}

TEST(LinearClaim, HoldsIfEachDescriptorAddsTheSameTime) {
    EXPECT_EQ(select_grows_linearly(textbook()).verdict, ClaimVerdict::holds);
}

TEST(LinearClaim, DoesNotHoldIfTheCostIsConstantOrGrowsDifferently) {
    MonitorResult flat = textbook();
    flat.points = {point(10, 4, 4, 4), point(100, 4.1, 4, 4), point(1000, 4.2, 4, 4)};
    EXPECT_EQ(select_grows_linearly(flat).verdict, ClaimVerdict::does_not_hold);
    MonitorResult squared = textbook();
    squared.points = {point(10, 1, 4, 4), point(100, 100, 4, 4), point(1000, 10'000, 4, 4)};
    EXPECT_EQ(select_grows_linearly(squared).verdict, ClaimVerdict::does_not_hold);
    MonitorResult falling = textbook();
    falling.points = {point(10, 4, 4, 4), point(100, 9, 4, 4), point(1000, 8, 4, 4)};
    EXPECT_EQ(select_grows_linearly(falling).verdict, ClaimVerdict::does_not_hold);
}

TEST(FdSetClaim, HoldsOnlyForTheLibrarysSetIfTheKernelAcceptsMore) {
    EXPECT_EQ(select_ends_at_1024({1024, 1030, true, true, true, SIGABRT}).verdict, ClaimVerdict::holds_only_when);
    EXPECT_EQ(select_ends_at_1024({1024, 1030, false, true, true, SIGABRT}).verdict, ClaimVerdict::holds);
    EXPECT_EQ(select_ends_at_1024({4096, 5000, true, true, true, 0}).verdict, ClaimVerdict::does_not_hold);
}

TEST(FdSetClaim, SaysWhatHappensToTheProcess) {
    EXPECT_NE(select_ends_at_1024({1024, 1030, true, true, true, SIGABRT}).why.find("SIGABRT"), std::string::npos);
    EXPECT_NE(select_ends_at_1024({1024, 1030, true, true, true, 0}).why.find("writes beyond it without a check"),
              std::string::npos);
}

TEST(NoLimitClaims, HoldOnlyWithinTheLimitOfTheProcess) {
    const PastFdSet past{1024, 1030, true, true, true, SIGABRT};
    const PastLimit refused{64, error(std::errc::invalid_argument), error(std::errc::too_many_files_open)};
    EXPECT_EQ(poll_has_no_limit(past, refused).verdict, ClaimVerdict::holds_only_when);
    EXPECT_NE(poll_has_no_limit(past, refused).why.find("EINVAL"), std::string::npos);
    EXPECT_EQ(epoll_has_no_limit(past, refused).verdict, ClaimVerdict::holds_only_when);
    EXPECT_NE(epoll_has_no_limit(past, refused).why.find("EMFILE"), std::string::npos);
    EXPECT_EQ(poll_has_no_limit(past, {64, {}, {}}).verdict, ClaimVerdict::holds);
    EXPECT_EQ(epoll_has_no_limit({1024, 1030, true, true, false, 0}, refused).verdict, ClaimVerdict::does_not_hold);
}

TEST(IndependentClaim, HoldsOnlyIfTheNumberOfActiveOnesStaysTheSame) {
    EXPECT_EQ(epoll_is_independent_of_connections(textbook()).verdict, ClaimVerdict::holds_only_when);
}

TEST(IndependentClaim, DoesNotHoldIfTheCostGrowsWithDescriptors) {
    MonitorResult growing = textbook();
    growing.points.push_back(point(10'000, 3500, 3500, 41));
    EXPECT_EQ(epoll_is_independent_of_connections(growing).verdict, ClaimVerdict::does_not_hold);
}

// 1,000 times the descriptors, and poll's cost grows 574-fold.
TEST(IndependentClaim, IsNotRefutedByALittleGrowthBesideThatOfPoll) {
    MonitorResult little = textbook();
    little.points.push_back(point(10'000, 3500, 3500, 6.2));
    const Claim claim = epoll_is_independent_of_connections(little);
    EXPECT_EQ(claim.verdict, ClaimVerdict::holds_only_when);
    EXPECT_EQ(claim.why,
              "the number of active connections stays the same: epoll's cost grows with the number of active "
              "connections. From 10 to 10,000 descriptors, epoll's time grows 1.51-fold; that of poll, which checks "
              "every descriptor, grows 574-fold");
    EXPECT_EQ(claim.figures.at(1).name, "the same of poll");
}

TEST(IndependentClaim, DoesNotHoldIfTheCostGrowsLikeThatOfPoll) {
    MonitorResult alike = textbook();
    alike.points = {point(10, 4, 4, 4), point(100, 9, 9, 9)};
    const Claim claim = epoll_is_independent_of_connections(alike);
    EXPECT_EQ(claim.verdict, ClaimVerdict::does_not_hold);
    EXPECT_EQ(claim.why,
              "From 10 to 100 descriptors, epoll's time grows 2.25-fold; that of poll, which checks every descriptor, "
              "grows 2.25-fold.");
}

TEST(IndependentClaim, HoldsIfActiveDescriptorsAddNoCostEither) {
    MonitorResult free = textbook();
    free.active = {active(0.01, 2700, 200), active(1, 27, 2)};
    EXPECT_EQ(epoll_is_independent_of_connections(free).verdict, ClaimVerdict::holds);
}

TEST(FarCheaperClaim, HoldsOnlyWithManyDescriptorsAndFewOfThemActive) {
    const Claim claim = epoll_is_far_cheaper(textbook());
    EXPECT_EQ(claim.verdict, ClaimVerdict::holds_only_when);
    EXPECT_EQ(claim.why,
              "there are many descriptors (here at least 100) and few of them are active (here at most 1 %)");
}

TEST(FarCheaperClaim, HoldsIfEpollIsAlwaysCheaperAndNotIfItNeverIs) {
    MonitorResult result = textbook();
    result.points = {point(10, 20, 20, 4), point(100, 20, 20, 4)};
    result.active = {active(1, 400, 200)};
    EXPECT_EQ(epoll_is_far_cheaper(result).verdict, ClaimVerdict::holds);
    result.points = {point(10, 4, 4, 4), point(100, 5, 5, 4)};
    EXPECT_EQ(epoll_is_far_cheaper(result).verdict, ClaimVerdict::does_not_hold);
}

TEST(ClaimsOfTheMonitor, AreNotMeasuredWithoutIt) {
    for (const Claim& claim :
         {select_grows_linearly({}), epoll_is_independent_of_connections({}), epoll_is_far_cheaper({})}) {
        EXPECT_EQ(claim.verdict, ClaimVerdict::not_measured) << claim.id;
        EXPECT_FALSE(claim.why.empty()) << claim.id;
    }
}

TEST(ClosedDescriptorClaim, HoldsIfSelectContinues) {
    EXPECT_EQ(select_server_outlives_clients({error(std::errc::bad_file_descriptor), true, true}).verdict,
              ClaimVerdict::does_not_hold);
    EXPECT_EQ(select_server_outlives_clients({{}, true, true}).verdict, ClaimVerdict::holds);
}

TEST(UnreadAfterEventClaims, HoldOnlyWithoutEdgesIfTheseLeaveSomethingUnread) {
    EXPECT_EQ(epoll_server_reads_all({3000, 1976, 0}).verdict, ClaimVerdict::holds_only_when);
    EXPECT_EQ(epoll_server_reads_all({3000, 0, 0}).verdict, ClaimVerdict::holds);
    EXPECT_EQ(epoll_server_accepts_all({3, 2, 0}).verdict, ClaimVerdict::holds_only_when);
    EXPECT_EQ(epoll_server_accepts_all({3, 2, 1}).verdict, ClaimVerdict::does_not_hold);
}

TEST(ProactorClaim, HoldsOnlyIfAsioDoesNotReceiveItself) {
    const ServerCalls readiness{5, 1, 2};
    const ServerCalls completion{3, 0, 0};
    EXPECT_EQ(asio_is_a_proactor({readiness, completion}).verdict, ClaimVerdict::holds_only_when);
    EXPECT_EQ(asio_is_a_proactor({readiness, std::nullopt}).verdict, ClaimVerdict::does_not_hold);
    EXPECT_EQ(asio_is_a_proactor({readiness, readiness}).verdict, ClaimVerdict::does_not_hold);
    EXPECT_EQ(asio_is_a_proactor({completion, completion}).verdict, ClaimVerdict::holds);
}

class MeasuredClaims : public testing::Test {
protected:
    static const std::vector<Claim>& all() {
        static const std::vector<Claim> claims = [] {
            Progress progress;
            return measure_claims(
                textbook(), [] { return threading_figures(100, 200); }, progress);
        }();
        return claims;
    }
    static const Claim& of(std::string_view id) { return *std::ranges::find(all(), id, &Claim::id); }
};

TEST_F(MeasuredClaims, HaveUniqueIds) {
    std::set<std::string> ids;
    for (const Claim& claim : all()) EXPECT_TRUE(ids.insert(claim.id).second) << claim.id;
}

TEST_F(MeasuredClaims, HaveAStatementAnExperimentAndAReason) {
    for (const Claim& claim : all()) {
        EXPECT_FALSE(claim.statement.empty()) << claim.id;
        EXPECT_FALSE(claim.experiment.empty()) << claim.id;
        EXPECT_FALSE(claim.why.empty()) << claim.id;
        EXPECT_EQ(claim.figures.empty(), claim.verdict == ClaimVerdict::not_measured) << claim.id;
    }
}

TEST_F(MeasuredClaims, HaveTheVerdictsOfLinux) {
    EXPECT_EQ(of("epoll-edge-triggered").verdict, ClaimVerdict::does_not_hold);
    EXPECT_EQ(of("select-level-triggered").verdict, ClaimVerdict::holds);
    EXPECT_EQ(of("select-server-outlives-clients").verdict, ClaimVerdict::does_not_hold);
    EXPECT_EQ(of("epoll-server-reads-all").verdict, ClaimVerdict::holds_only_when);
    EXPECT_EQ(of("epoll-server-accepts-all").verdict, ClaimVerdict::holds_only_when);
}

TEST_F(MeasuredClaims, HaveTheSameOrderAndTextsAsTheUntriedOnes) {
    const std::vector<Claim> untried = untried_claims();
    ASSERT_EQ(untried.size(), all().size());
    for (std::size_t i = 0; i < untried.size(); ++i) {
        EXPECT_EQ(untried[i].id, all()[i].id);
        EXPECT_EQ(untried[i].statement, all()[i].statement);
        EXPECT_EQ(untried[i].experiment, all()[i].experiment);
        EXPECT_EQ(untried[i].verdict, ClaimVerdict::not_measured) << untried[i].id;
        EXPECT_TRUE(untried[i].figures.empty() && untried[i].why.empty()) << untried[i].id;
    }
}

const std::vector<Claim>& two_claims() {
    static const std::vector<Claim> claims{
        {.id = "one",
         .statement = "It is so.",
         .experiment = "It was tried.",
         .figures = {{"waits", 3, ""},
                     {"cost", 1.25, "ns"},
                     {"ratio", 2, "times", Interval{1.75, 2.25}},
                     {"it works", 1, std::string(yes_or_no_unit)}},
         .verdict = ClaimVerdict::holds_only_when,
         .why = "the sun shines"},
        {.id = "two", .statement = "It is not so.", .experiment = "None.", .why = "It was not tried."}};
    return claims;
}

TEST(ClaimsReport, IsAParagraphForEach) {
    EXPECT_EQ(text_of(two_claims(), {}),
              "It is so.\n"
              "  - Experiment: It was tried.\n"
              "  - Figures: waits: 3; cost: 1.25 ns; ratio: 2.00 [1.75–2.25] times; it works: yes.\n"
              "  = Holds only when the sun shines.\n"
              "\n"
              "It is not so.\n"
              "  - Experiment: None.\n"
              "  = Not measured. It was not tried.\n"
              "\n"
              "2 claims. Hold: 0; hold only under a condition: 1; do not hold: 0; not measured: 1.\n");
}

TEST(ClaimsReport, BreaksLongLinesBetweenWords) {
    std::vector<Claim> claims = two_claims();
    claims.resize(1);
    claims[0].statement = fmt::format("{:a<60} {:b<60}", "", "");
    EXPECT_TRUE(text_of(claims, {}).starts_with(fmt::format("{:a<60}\n    {:b<60}\n", "", "")));
}

TEST(ClaimsReport, HasItsFormatAndTheEnvironmentInJson) {
    EXPECT_EQ(json_of(two_claims(), {{"kernel", "6.1"}}), (boost::json::object{{"format", "iomux-claims"},
                                                                               {"version", 1},
                                                                               {"environment", {{"kernel", "6.1"}}},
                                                                               {"claims", json_of(two_claims())}}));
}

TEST(ClaimsReport, IsJson) {
    const boost::json::array report = json_of(two_claims());
    EXPECT_EQ(report.at(0), (boost::json::object{
                                {"id", "one"},
                                {"claim", "It is so."},
                                {"experiment", "It was tried."},
                                {"figures",
                                 {{{"name", "waits"}, {"value", 3.0}, {"unit", ""}},
                                  {{"name", "cost"}, {"value", 1.25}, {"unit", "ns"}},
                                  {{"name", "ratio"}, {"value", 2.0}, {"unit", "times"}, {"low", 1.75}, {"high", 2.25}},
                                  {{"name", "it works"}, {"value", 1.0}, {"unit", "yes or no"}}}},
                                {"verdict", "holds_only_when"},
                                {"why", "the sun shines"}}));
    EXPECT_EQ(report.at(1).at("verdict"), "not_measured");
}

}  // namespace
}  // namespace iomux::compare
