// Tests of the probes of connections, and of the claims that use them.
#include <gtest/gtest.h>
#include <sys/epoll.h>

#include "compare/claims/claims.hpp"
#include "compare/mechanisms/connections.hpp"

namespace iomux::compare {
namespace {

TEST(HangupReports, AreReadableAndOnlyUrgentDataAreAnException) {
    const HangupReports reports = probe_hangup_reports();
    EXPECT_TRUE(reports.ended.readable && reports.reset.readable);
    EXPECT_FALSE(reports.ended.exceptional || reports.reset.exceptional);
    EXPECT_TRUE(reports.urgent.exceptional);
    EXPECT_EQ(reports.ended.events, std::uint32_t{EPOLLIN});
    EXPECT_EQ(reports.reset.events, std::uint32_t{EPOLLIN | EPOLLERR | EPOLLHUP});
}

TEST(ExceptionsClaim, HoldsIfErrorsAreInTheThirdSet) {
    const Reports error{.readable = true, .exceptional = true, .events = 0};
    const Reports nothing{.readable = true, .exceptional = false, .events = 0};
    EXPECT_EQ(select_lists_exceptions({{}, error, error}).verdict, ClaimVerdict::holds);
    EXPECT_EQ(select_lists_exceptions({{}, nothing, error}).verdict, ClaimVerdict::does_not_hold);
    EXPECT_EQ(select_lists_exceptions({{}, nothing, nothing}).verdict, ClaimVerdict::does_not_hold);
}

TEST(DisconnectsClaim, HoldsIfAResetIsOnlyEpollin) {
    const Reports alone{.readable = true, .exceptional = false, .events = EPOLLIN};
    const Reports more{.readable = true, .exceptional = false, .events = EPOLLIN | EPOLLHUP};
    EXPECT_EQ(epoll_server_notices_disconnects({alone, alone, {}}).verdict, ClaimVerdict::holds);
    EXPECT_EQ(epoll_server_notices_disconnects({more, more, {}}).verdict, ClaimVerdict::does_not_hold);
    const Claim claim = epoll_server_notices_disconnects({alone, more, {}});
    EXPECT_EQ(claim.verdict, ClaimVerdict::holds_only_when);
    EXPECT_NE(claim.why.find("EPOLLIN and EPOLLHUP"), std::string::npos) << claim.why;
}

TEST(Coalesced, MessagesArriveInOneReceive) { EXPECT_EQ(probe_coalesced(3, 2).received, 6u); }

TEST(Coalesced, AMessageArrivesInPartsIfTheBufferIsShorter) { EXPECT_EQ(probe_coalesced(1, 1025).received, 1024u); }

TEST(MessageClaim, HoldsForOneMessagePerReceive) {
    EXPECT_EQ(a_receive_is_a_message({{{3, 2, 2}}, {{1, 4, 4}}}).verdict, ClaimVerdict::holds);
    EXPECT_EQ(a_receive_is_a_message({{{3, 2, 6}}, {{1, 4, 4}}}).verdict, ClaimVerdict::holds_only_when);
}

TEST(SendSpaceProbe, FindsSomeSpaceAndThatALongerSendSleeps) {
    const SendSpace room = probe_send_space();
    EXPECT_GT(room.bytes, 0u);
    EXPECT_TRUE(room.longer_sleeps);
}

TEST(SendallClaim, HoldsAsFarAsThereIsRoom) {
    EXPECT_EQ(select_server_writes_without_sleeping({100, false}).verdict, ClaimVerdict::holds);
    EXPECT_EQ(select_server_writes_without_sleeping({100, true}).verdict, ClaimVerdict::does_not_hold);
    EXPECT_EQ(select_server_writes_without_sleeping({20000, true}).verdict, ClaimVerdict::holds_only_when);
}

}  // namespace
}  // namespace iomux::compare
