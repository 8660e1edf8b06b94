// Where the bytes of replies are: large payloads are referenced, not copied.
#include <gtest/gtest.h>

#include <algorithm>

#include "support.hpp"

namespace iomux::protocol {
namespace {

constexpr std::size_t large = 64 * 1024;

class ReplyPieces : public testing::Test {
protected:
    std::pmr::memory_resource* memory = std::pmr::get_default_resource();
    Replies replies{roomy, memory};

    static bool within(Bytes piece, Bytes input) {
        return piece.data() >= input.data() && piece.data() + piece.size() <= input.data() + input.size();
    }
};

TEST_F(ReplyPieces, OfALargeChunkEchoAreTheInputItself) {
    const ProtocolConfig protocol{Framing::chunk, Service::echo};
    const std::string input(large, 'x');
    Session(protocol, memory).receive(as_bytes(input), replies);
    ASSERT_EQ(replies.pieces().size(), 1u);
    EXPECT_EQ(replies.pieces().front().data(), as_bytes(input).data());
    EXPECT_EQ(replies.size(), large);
}

TEST_F(ReplyPieces, OfALargeLineEchoAreTheInputItself) {
    const ProtocolConfig protocol{Framing::line, Service::echo};
    std::string input(large + 1, 'x');
    input.back() = '\n';
    Session(protocol, memory).receive(as_bytes(input), replies);
    ASSERT_EQ(replies.pieces().size(), 1u);
    EXPECT_EQ(replies.pieces().front().data(), as_bytes(input).data());
}

TEST_F(ReplyPieces, OfALargeLengthEchoAreTheInputItself) {
    const ProtocolConfig protocol{Framing::length, Service::echo};
    const std::string input = mark(large) + std::string(large, 'x');
    Session(protocol, memory).receive(as_bytes(input), replies);
    ASSERT_EQ(replies.pieces().size(), 1u);
    EXPECT_EQ(replies.pieces().front().data(), as_bytes(input).data());
}

TEST_F(ReplyPieces, OfManySmallEchoesAreOnePieceOfTheInput) {
    const ProtocolConfig protocol{Framing::line, Service::echo};
    const std::string input = "one\ntwo\nthree\n";
    Session(protocol, memory).receive(as_bytes(input), replies);
    ASSERT_EQ(replies.pieces().size(), 1u);
    EXPECT_TRUE(within(replies.pieces().front(), as_bytes(input)));
}

std::string framing_name(const testing::TestParamInfo<Framing>& tested) { return std::string(name_of(tested.param)); }

class ReplyPiecesOf : public ReplyPieces, public testing::WithParamInterface<Framing> {};
INSTANTIATE_TEST_SUITE_P(Every, ReplyPiecesOf, testing::Values(Framing::chunk, Framing::line, Framing::length),
                         framing_name);

TEST_P(ReplyPiecesOf, FramingWithALargeSuffixedReplyReferToThePayload) {
    const ProtocolConfig protocol{GetParam(), Service::suffix};
    const std::string before = GetParam() == Framing::length ? mark(large) : "";
    const std::string input = before + std::string(large, 'x') + (GetParam() == Framing::line ? "\n" : "");
    Session(protocol, memory).receive(as_bytes(input), replies);
    const Bytes payload = as_bytes(input).subspan(before.size(), large);
    const auto refers = [&](Bytes piece) { return piece.data() == payload.data() && piece.size() == large; };
    EXPECT_EQ(std::ranges::count_if(replies.pieces(), refers), 1);
}

TEST_F(ReplyPieces, OfAMessageSplitOverReadsOutliveTheReads) {
    const ProtocolConfig protocol{Framing::length, Service::suffix};
    Session session(protocol, memory);
    {
        const std::string first = mark(large) + std::string(1000, 'x');
        session.receive(as_bytes(first), replies);
    }
    const std::string rest(large - 1000, 'x');
    session.receive(as_bytes(rest), replies);
    EXPECT_EQ(text_of(replies), mark(large + 7) + std::string(large, 'x') + "_suffix");
}

TEST_F(ReplyPieces, StayInPlaceWhileThereIsRoomForOneMoreReply) {
    Replies few(100, memory);
    few.copy(as_bytes(std::string(99, 'a')));
    const Bytes first = few.pieces().front();
    few.copy(as_bytes(std::string(Replies::refer_from - 1, 'b')));
    few.copy(as_bytes(std::string(ProtocolConfig::longest_suffix, 'c')));
    EXPECT_EQ(few.pieces().front().data(), first.data());
}

TEST_F(ReplyPieces, AreNeverMoreThanAGatherListHolds) {
    const ProtocolConfig protocol{Framing::line, Service::suffix};
    std::string input;
    for (int i = 0; i < 40; ++i) input += std::string(Replies::refer_from, 'x') + "\n";
    Session session(protocol, memory);
    session.receive(as_bytes(input), replies);
    EXPECT_LE(replies.pieces().size(), 16u);
    EXPECT_TRUE(session.holding());
}

TEST_F(ReplyPieces, AreGoneOnceCleared) {
    replies.copy(as_bytes("hi"));
    replies.clear();
    EXPECT_TRUE(replies.empty());
    EXPECT_EQ(replies.size(), 0u);
}

}  // namespace
}  // namespace iomux::protocol
