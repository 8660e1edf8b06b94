// The verdict of a claim follows from its figures.
#include "compare/claims/claims.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <csignal>
#include <set>

#include "compare/claims/claims_measurement.hpp"
#include "compare/process/wait.hpp"
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
    EXPECT_EQ(blocking_suspends({milliseconds(50), milliseconds(1), 1, 1, {}}).why,
              "The thread sleeps in the call and uses less than 10 % of the CPU time.");
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
    EXPECT_EQ(multiplexing_blocks_twice({100, 100, 100}).why, "recv slept in 100 of 100 calls, poll in 100.");
    EXPECT_EQ(multiplexing_blocks_twice({100, 100, 3}).verdict, ClaimVerdict::holds_only_when);
    EXPECT_EQ(multiplexing_blocks_twice({100, 100, 3}).why,
              "poll reported readiness without data: recv slept in 3 of 100 calls");
    EXPECT_EQ(multiplexing_blocks_twice({100, 100, 0}).verdict, ClaimVerdict::does_not_hold);
}

TEST(BlocksTwiceClaim, IsNotMeasuredIfNoWaitWasNeeded) {
    EXPECT_EQ(multiplexing_blocks_twice({100, 0, 0}).verdict, ClaimVerdict::not_measured);
}

TEST(TwoCallsClaim, HoldsIfEachMessageNeedsItsOwnWait) {
    EXPECT_EQ(two_calls_per_message({{1, 1, 1}, {32, 1, 1}}).verdict, ClaimVerdict::holds);
    EXPECT_EQ(two_calls_per_message({{1, 1, 1}, {32, 1, 1}}).why,
              "Each message needs a wait and a receive, even if 32 clients send at the same time.");
    EXPECT_EQ(two_calls_per_message({{1, 0, 1}, {32, 0, 1}}).verdict, ClaimVerdict::does_not_hold);
    EXPECT_EQ(two_calls_per_message({}).verdict, ClaimVerdict::not_measured);
}

TEST(TwoCallsClaim, SaysWithHowManyClientsItTurns) {
    const Claim claim = two_calls_per_message({{1, 1, 1}, {2, 0.5, 1}, {32, 0.03, 1}});
    EXPECT_EQ(claim.verdict, ClaimVerdict::holds_only_when);
    EXPECT_EQ(claim.why,
              "at most one client is ready at a time: if 2 clients are ready, one wait serves several, and a message "
              "needs 1.50 calls, and 1.03 with 32");
    EXPECT_EQ(two_calls_per_message({{1, 1, 1}, {2, 1, 1}, {4, 0.25, 1}}).why,
              "at most 2 clients are ready at a time: if 4 clients are ready, one wait serves several, and a message "
              "needs 1.25 calls");
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
    EXPECT_EQ(select_looks_in_user_space({{1, 1, 0.9}, {500, 1, 0.95}}).verdict, ClaimVerdict::does_not_hold);
    EXPECT_TRUE(select_looks_in_user_space({{1, 1, 0.9}, {500, 1, 0.95}})
                    .why.starts_with("With 1 to 500 descriptors, the kernel takes more than half of the CPU time. "));
    EXPECT_EQ(select_looks_in_user_space({{1, 1, 0.1}, {500, 1, 0.2}}).verdict, ClaimVerdict::holds);
    EXPECT_EQ(select_looks_in_user_space({{1, 1, 0.1}, {500, 1, 0.2}}).why,
              "With 1 to 500 descriptors, the program takes at least half of the CPU time.");
    EXPECT_EQ(select_looks_in_user_space({}).verdict, ClaimVerdict::not_measured);
}

TEST(UserSpaceClaim, SaysWithHowManyDescriptorsItTurns) {
    const Claim claim = select_looks_in_user_space({{1, 1, 0.3}, {10, 1, 0.4}, {500, 1, 0.95}});
    EXPECT_EQ(claim.verdict, ClaimVerdict::holds_only_when);
    EXPECT_EQ(claim.why,
              "the number of descriptors is 1 and 10 (of those that were tried): with 500, the kernel takes more than "
              "half of the CPU time");
}

TEST(LinearClaim, HoldsIfEachDescriptorAddsTheSameTime) {
    const Claim claim = select_grows_linearly(textbook());
    EXPECT_EQ(claim.verdict, ClaimVerdict::holds);
    EXPECT_EQ(
        claim.why,
        "Each further descriptor adds about the same time from 10 to 1,000 descriptors (the additions differ less "
        "than 2-fold). From about 18 descriptors on, they take longer than the rest of the operation.");
}

TEST(LinearClaim, DoesNotHoldIfTheCostIsConstantOrGrowsDifferently) {
    const auto judged = [](std::vector<MonitorPoint> points) {
        return select_grows_linearly({.points = std::move(points), .active = {}});
    };
    const Claim flat = judged({point(10, 4, 4, 4), point(100, 4.1, 4, 4), point(1000, 4.2, 4, 4)});
    EXPECT_EQ(flat.verdict, ClaimVerdict::does_not_hold);
    EXPECT_EQ(flat.why, "The time grows less than 1.5-fold from 10 to 1,000 descriptors.");
    const Claim squared = judged({point(10, 1, 4, 4), point(100, 100, 4, 4), point(1000, 10'000, 4, 4)});
    EXPECT_EQ(squared.verdict, ClaimVerdict::does_not_hold);
    EXPECT_EQ(
        squared.why,
        "The time grows, but not in proportion to the number of descriptors: a further one adds 1,100.0 ns from 10 "
        "to 100, and 11,000.0 ns from 100 to 1,000.");
    const Claim falling = judged({point(10, 4, 4, 4), point(100, 9, 4, 4), point(1000, 8, 4, 4)});
    EXPECT_EQ(falling.verdict, ClaimVerdict::does_not_hold);
    EXPECT_NE(falling.why.find("adds 55.6 ns from 10 to 100, and -1.1 ns from 100 to 1,000."), std::string::npos)
        << falling.why;
    // No two neighbours differ 2-fold, but the first and the last do.
    const Claim bent = judged({point(10, 10, 4, 4), point(20, 20, 4, 4), point(30, 35, 4, 4), point(40, 57, 4, 4)});
    EXPECT_EQ(bent.verdict, ClaimVerdict::does_not_hold);
    EXPECT_NE(bent.why.find("adds 1,000.0 ns from 10 to 20, and 2,200.0 ns from 30 to 40."), std::string::npos)
        << bent.why;
}

TEST(FdSetClaim, HoldsOnlyForTheLibrarysSetIfTheKernelAcceptsMore) {
    EXPECT_EQ(select_ends_at_1024({1024, true, 1030, true, true, true, SIGABRT}).verdict,
              ClaimVerdict::holds_only_when);
    EXPECT_EQ(select_ends_at_1024({1024, true, 1030, false, true, true, SIGABRT}).verdict, ClaimVerdict::holds);
    EXPECT_EQ(select_ends_at_1024({4096, true, 5000, true, true, true, 0}).verdict, ClaimVerdict::does_not_hold);
}

TEST(FdSetClaim, SaysWhereTheSetEnds) {
    EXPECT_EQ(
        select_ends_at_1024({1024, true, 1024, true, true, true, SIGABRT}).why,
        "the C library's fd_set is used, and the limit is the highest descriptor number, not their count: the "
        "descriptor 1,023 is in it, and a process that adds the single descriptor 1,024 is killed by SIGABRT. The "
        "kernel has no such limit");
    EXPECT_EQ(select_ends_at_1024({1024, false, 1024, true, true, true, SIGABRT}).verdict, ClaimVerdict::not_measured);
}

TEST(FdSetClaim, SaysWhatHappensToTheProcess) {
    EXPECT_NE(select_ends_at_1024({1024, true, 1030, true, true, true, SIGABRT}).why.find("SIGABRT"),
              std::string::npos);
    EXPECT_NE(select_ends_at_1024({1024, true, 1030, true, true, true, 0}).why.find("writes beyond it without a check"),
              std::string::npos);
}

TEST(NoLimitClaims, HoldOnlyWithinTheLimitOfTheProcess) {
    const PastFdSet past{1024, true, 1030, true, true, true, SIGABRT};
    const PastLimit refused{64, error(std::errc::invalid_argument), error(std::errc::too_many_files_open)};
    EXPECT_EQ(poll_has_no_limit(past, refused).verdict, ClaimVerdict::holds_only_when);
    EXPECT_NE(poll_has_no_limit(past, refused).why.find("EINVAL"), std::string::npos);
    EXPECT_EQ(epoll_has_no_limit(past, refused).verdict, ClaimVerdict::holds_only_when);
    EXPECT_NE(epoll_has_no_limit(past, refused).why.find("EMFILE"), std::string::npos);
    EXPECT_EQ(poll_has_no_limit(past, {64, {}, {}}).verdict, ClaimVerdict::holds);
    EXPECT_EQ(epoll_has_no_limit({1024, true, 1030, true, true, false, 0}, refused).verdict,
              ClaimVerdict::does_not_hold);
}

TEST(IndependentClaim, HoldsOnlyIfTheNumberOfActiveOnesStaysTheSame) {
    const Claim claim = epoll_is_independent_of_connections(textbook());
    EXPECT_EQ(claim.verdict, ClaimVerdict::holds_only_when);
    EXPECT_EQ(claim.why,
              "the number of active connections stays the same: with 30 % of 100 descriptors ready, a wait takes 21 "
              "times as long as with 1 %. From 10 to 1,000 descriptors, epoll's time grows 1.29-fold; that of poll, "
              "which checks every descriptor, grows 57-fold (less than 1.5-fold counts as independent)");
}

TEST(IndependentClaim, DoesNotHoldIfTheCostGrowsWithDescriptors) {
    MonitorResult growing = textbook();
    growing.points.push_back(point(10'000, 3500, 3500, 41));
    const Claim claim = epoll_is_independent_of_connections(growing);
    EXPECT_EQ(claim.verdict, ClaimVerdict::does_not_hold);
    EXPECT_EQ(
        claim.why,
        "From 10 to 10,000 descriptors, epoll's time grows 10-fold; that of poll, which checks every descriptor, "
        "grows 574-fold. It turns between 1,000 and 10,000 descriptors: up to 1,000 it grows less than 1.5-fold.");
}

// 1,000 times the descriptors, and poll's cost grows 574-fold.
TEST(IndependentClaim, IsNotRefutedByALittleGrowthBesideThatOfPoll) {
    MonitorResult little = textbook();
    little.points.push_back(point(10'000, 3500, 3500, 6.2));
    const Claim claim = epoll_is_independent_of_connections(little);
    EXPECT_EQ(claim.verdict, ClaimVerdict::holds_only_when);
    EXPECT_EQ(
        claim.why,
        "the number of active connections stays the same: with 30 % of 100 descriptors ready, a wait takes 21 "
        "times as long as with 1 %. From 10 to 10,000 descriptors, epoll's time grows 1.51-fold; that of poll, "
        "which checks every descriptor, grows 574-fold (less than 3-fold, and less than a tenth of poll's growth, "
        "counts as independent)");
    EXPECT_EQ(claim.figures.at(3).name, "the same of poll, with 10,000 descriptors");
}

TEST(IndependentClaim, DoesNotHoldIfTheCostGrowsLikeThatOfPoll) {
    MonitorResult alike = textbook();
    alike.points = {point(10, 4, 4, 4), point(100, 9, 9, 9)};
    const Claim claim = epoll_is_independent_of_connections(alike);
    EXPECT_EQ(claim.verdict, ClaimVerdict::does_not_hold);
    EXPECT_EQ(claim.why,
              "From 10 to 100 descriptors, epoll's time grows 2.25-fold; that of poll, which checks every descriptor, "
              "grows 2.25-fold. It turns between 10 and 100 descriptors: up to 10 it grows less than 1.5-fold.");
}

TEST(IndependentClaim, HoldsIfActiveDescriptorsAddNoCostEither) {
    MonitorResult free = textbook();
    free.active = {active(0.01, 2700, 200), active(1, 27, 2)};
    EXPECT_EQ(epoll_is_independent_of_connections(free).verdict, ClaimVerdict::holds);
    EXPECT_TRUE(epoll_is_independent_of_connections(free).why.starts_with(
        "With 100 % of 100 descriptors ready, a wait takes less than 1.5 times as long as with 1 %. From 10 to 1,000"));
}

TEST(FarCheaperClaim, HoldsOnlyWithManyDescriptorsAndFewOfThemActive) {
    const Claim claim = epoll_is_far_cheaper(textbook());
    EXPECT_EQ(claim.verdict, ClaimVerdict::holds_only_when);
    EXPECT_EQ(claim.why,
              "there are at least 100 descriptors (with 10, only 1.49 times), and at most 1 % of 100 descriptors are "
              "ready (with 30 %, only 0.53 times): poll then takes at least 1.5 times the time of epoll");
}

// A cost that is far higher at a number in between is no turn.
TEST(FarCheaperClaim, TurnsWhereItStaysCheaper) {
    MonitorResult result = textbook();
    result.points = {point(10, 4, 8, 4), point(100, 5, 5, 4), point(1000, 5, 50, 4)};
    result.active = {active(0.01, 100, 100), active(0.1, 400, 100)};
    EXPECT_EQ(epoll_is_far_cheaper(result).why,
              "there are at least 1,000 descriptors (with 100, only 1.25 times), and fewer than 1 % of 100 descriptors "
              "are ready (with 1 %, only 1.00 times): poll then takes at least 1.5 times the time of epoll");
}

TEST(FarCheaperClaim, HoldsOnlyWithManyDescriptorsOrFewOfThemActive) {
    MonitorResult result = textbook();
    result.active = {active(0.01, 400, 100)};
    EXPECT_EQ(epoll_is_far_cheaper(result).why,
              "there are at least 100 descriptors (with 10, only 1.49 times): poll then takes at least 1.5 times the "
              "time of epoll");
    result = textbook();
    result.points = {point(10, 20, 20, 4)};
    EXPECT_EQ(
        epoll_is_far_cheaper(result).why,
        "at most 1 % of 100 descriptors are ready (with 30 %, only 0.53 times): poll then takes at least 1.5 times "
        "the time of epoll");
}

TEST(FarCheaperClaim, HoldsIfEpollIsAlwaysCheaperAndNotIfItNeverIs) {
    MonitorResult result = textbook();
    result.points = {point(10, 20, 20, 4), point(100, 20, 20, 4)};
    result.active = {active(1, 400, 200)};
    EXPECT_EQ(epoll_is_far_cheaper(result).verdict, ClaimVerdict::holds);
    result.points = {point(10, 4, 4, 4), point(100, 5, 5, 4)};
    EXPECT_EQ(epoll_is_far_cheaper(result).verdict, ClaimVerdict::does_not_hold);
    EXPECT_EQ(epoll_is_far_cheaper(result).why,
              "With 100 descriptors, the most that were tried, poll takes less than 1.5 times the time of epoll.");
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

TEST(UnreadAfterEventClaims, SayFromWhichNumberEdgesLeaveSomethingUnread) {
    const Claim bytes = epoll_server_reads_all({{1, 0, 0}, {1024, 0, 0}, {1025, 1, 0}, {3000, 1976, 0}});
    EXPECT_EQ(bytes.verdict, ClaimVerdict::holds_only_when);
    EXPECT_EQ(bytes.why,
              "a message has at most 1,024 bytes, or EPOLLET is not used: of 1,025 bytes, 1 is never read. After an "
              "edge-triggered event, a server must read until nothing is left");
    ASSERT_EQ(bytes.figures.size(), 8u);
    EXPECT_EQ(bytes.figures[6].name, "never read with EPOLLET, of 3,000 bytes");
    EXPECT_EQ(bytes.figures[6].value, 1976);
    const Claim clients = epoll_server_accepts_all({{1, 0, 0}, {3, 2, 0}});
    EXPECT_EQ(clients.verdict, ClaimVerdict::holds_only_when);
    EXPECT_EQ(clients.why,
              "the backlog has at most 1 client, or EPOLLET is not used: of 3 clients, 2 are never accepted. After an "
              "edge-triggered event, a server must accept until the backlog is empty");
}

TEST(UnreadAfterEventClaims, HoldOnlyWithoutEdgesIfTheseAlwaysLeaveSomethingUnread) {
    EXPECT_EQ(epoll_server_reads_all({{3000, 1976, 0}}).verdict, ClaimVerdict::holds_only_when);
    EXPECT_EQ(epoll_server_reads_all({{3000, 1976, 0}}).why,
              "EPOLLET is not used: of 3,000 bytes, 1,976 are never read. After an edge-triggered event, a server must "
              "read until nothing is left");
}

TEST(UnreadAfterEventClaims, HoldIfNothingIsLeftAndDoNotIfEdgesAreNotTheReason) {
    EXPECT_EQ(epoll_server_reads_all({{1, 0, 0}, {3000, 0, 0}}).verdict, ClaimVerdict::holds);
    EXPECT_EQ(epoll_server_reads_all({{1, 0, 0}, {3000, 0, 0}}).why,
              "Nothing remains in the kernel, of up to 3,000 bytes.");
    EXPECT_EQ(epoll_server_accepts_all({{1, 0, 0}, {3, 2, 1}}).verdict, ClaimVerdict::does_not_hold);
    EXPECT_EQ(epoll_server_reads_all({}).verdict, ClaimVerdict::not_measured);
}

TEST(ReceiveClaim, HoldsOnlyForOneMessageThatFitsIntoTheBuffer) {
    const Claim claim = a_receive_is_a_message(
        {.by_messages = {{1, 2, 2}, {2, 2, 4}, {16, 2, 32}}, .by_size = {{1, 1024, 1024}, {1, 1025, 1024}}});
    EXPECT_EQ(claim.verdict, ClaimVerdict::holds_only_when);
    EXPECT_EQ(
        claim.why,
        "each message is sent after the answer to the previous one, as the article's client does, and has at most "
        "1,024 bytes: if 2 have arrived, one recv returns 2 of them, and of a message of 1,025 bytes, one recv "
        "returns 1,024. TCP is a byte stream without messages");
    ASSERT_EQ(claim.figures.size(), 5u);
    EXPECT_EQ(claim.figures[2].name, "messages in one recv, of 16");
    EXPECT_EQ(claim.figures[4].value, 1024);
}

TEST(ReceiveClaim, NamesOnlyTheConditionThatWasFound) {
    EXPECT_EQ(a_receive_is_a_message({.by_messages = {{2, 2, 4}}, .by_size = {{1, 1024, 1024}}}).why,
              "each message is sent after the answer to the previous one, as the article's client does: if 2 have "
              "arrived, one recv returns 2 of them. TCP is a byte stream without messages");
    EXPECT_EQ(a_receive_is_a_message({.by_messages = {{2, 2, 2}}, .by_size = {{1, 1024, 1000}}}).why,
              "each message has fewer than 1,024 bytes: of a message of 1,024 bytes, one recv returns 1,000. TCP is a "
              "byte stream without messages");
}

TEST(ReceiveClaim, HoldsIfOneRecvReturnsOneMessage) {
    const Claim claim = a_receive_is_a_message({.by_messages = {{16, 2, 2}}, .by_size = {{1, 4096, 4096}}});
    EXPECT_EQ(claim.verdict, ClaimVerdict::holds);
    EXPECT_EQ(claim.why, "One recv returns one message, of up to 16 that have arrived and of up to 4,096 bytes.");
    EXPECT_EQ(a_receive_is_a_message({}).verdict, ClaimVerdict::not_measured);
}

TEST(SendallClaim, SaysHowLongAReplyMayBe) {
    EXPECT_EQ(select_server_writes_without_sleeping({5000, true}).verdict, ClaimVerdict::holds_only_when);
    EXPECT_TRUE(select_server_writes_without_sleeping({5000, true})
                    .why.starts_with("a reply has at most 5,000 bytes, the room that was left when select reported"));
    EXPECT_EQ(select_server_writes_without_sleeping({1000, true}).why,
              "There is room for 1,000 bytes, less than the longest reply needs, so sendall sleeps.");
    EXPECT_EQ(select_server_writes_without_sleeping({5000, false}).verdict, ClaimVerdict::holds);
}

TEST(ProactorClaim, HoldsOnlyIfAsioDoesNotReceiveItself) {
    const ServerCalls readiness{5, 1, 2};
    const ServerCalls completion{3, 0, 0};
    EXPECT_EQ(asio_is_a_proactor({readiness, completion}).verdict, ClaimVerdict::holds_only_when);
    EXPECT_EQ(asio_is_a_proactor({readiness, std::nullopt}).verdict, ClaimVerdict::does_not_hold);
    EXPECT_EQ(asio_is_a_proactor({readiness, readiness}).verdict, ClaimVerdict::does_not_hold);
    EXPECT_EQ(asio_is_a_proactor({completion, completion}).verdict, ClaimVerdict::holds);
    EXPECT_EQ(asio_is_a_proactor({completion, completion}).why, "The program makes 0.0 receive calls per message.");
}

class MeasuredClaims : public testing::Test {
protected:
    static const std::vector<Claim>& all() {
        static const std::vector<Claim> claims = [] {
            Progress progress;
            return measure_claims(
                       {textbook(), false}, [] { return threading_figures(100, 200); }, progress)
                .claims;
        }();
        return claims;
    }
    static const Claim& of(std::string_view id) { return *std::ranges::find(all(), id, &Claim::id); }
};

TEST(ClaimsResult, HasWhatWasMeasuredBeforeAnInterruption) {
    Progress progress;
    const ClaimsResult result = measure_claims(
        {textbook(), false}, []() -> ThreadingFigures { throw Interrupted(); }, progress);
    EXPECT_TRUE(result.interrupted);
    ASSERT_EQ(result.claims.size(), untried_claims().size());
    const auto of = [&](std::string_view id) { return *std::ranges::find(result.claims, id, &Claim::id); };
    EXPECT_EQ(of("few-connections-for-threads").verdict, ClaimVerdict::not_measured);
    EXPECT_EQ(of("few-connections-for-threads").why, "Interrupted before the experiment ended.");
    EXPECT_NE(of("epoll-independent").verdict, ClaimVerdict::not_measured);
}

TEST(ClaimsResult, DoesNotJudgeByPartOfAMonitorMeasurement) {
    Progress progress;
    const ClaimsResult result = measure_claims(
        {textbook(), true}, [] { return threading_figures(100, 200); }, progress);
    EXPECT_TRUE(result.interrupted);
    EXPECT_EQ(std::ranges::find(result.claims, "epoll-independent", &Claim::id)->verdict, ClaimVerdict::not_measured);
}

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
