#include "protocol/session.hpp"

#include <gtest/gtest.h>

#include "support.hpp"

namespace iomux::protocol {
namespace {

Outcome answered(std::string replies, std::size_t messages) { return {std::move(replies), messages, Violation::none}; }
Outcome broken_off(std::string replies, std::size_t messages) {
    return {std::move(replies), messages, Violation::message_too_long};
}

constexpr Framing chunk = Framing::chunk, line = Framing::line, length = Framing::length;
constexpr Service suffix = Service::suffix, echo = Service::echo, discard = Service::discard;

TEST(ChunkSession, AnswersEachReadWithItsSuffix) {
    EXPECT_EQ(answer({chunk, suffix}, {"hi", "there"}), answered("hi_suffixthere_suffix", 2));
}
TEST(ChunkSession, EchoesEachRead) { EXPECT_EQ(answer({chunk, echo}, {"hi", "there"}), answered("hithere", 2)); }
TEST(ChunkSession, DiscardsEachRead) { EXPECT_EQ(answer({chunk, discard}, {"hi", "there"}), answered("", 2)); }
TEST(ChunkSession, TreatsLineFeedsAsOrdinaryBytes) {
    EXPECT_EQ(answer({chunk, suffix}, {"a\r\nb\n"}), answered("a\r\nb\n_suffix", 1));
}
TEST(ChunkSession, TreatsAChunkOfExactlyTheLimitAsOneMessage) {
    EXPECT_EQ(answer({chunk, suffix, "!", 4}, {"abcd"}), answered("abcd!", 1));
}
TEST(ChunkSession, CutsALongerChunkAtTheLimit) {
    EXPECT_EQ(answer({chunk, suffix, "!", 4}, {"abcdefghij"}), answered("abcd!efgh!ij!", 3));
}
TEST(ChunkSession, EndsNoMessageWithAnEmptyRead) { EXPECT_EQ(answer({chunk, suffix}, {""}), answered("", 0)); }

TEST(LineSession, AnswersEachLineWithItsSuffix) {
    EXPECT_EQ(answer({line, suffix}, {"hi\nthere\n"}), answered("hi_suffix\nthere_suffix\n", 2));
}
TEST(LineSession, EchoesEachLine) { EXPECT_EQ(answer({line, echo}, {"hi\nthere\n"}), answered("hi\nthere\n", 2)); }
TEST(LineSession, DiscardsEachLine) { EXPECT_EQ(answer({line, discard}, {"hi\nthere\n"}), answered("", 2)); }
TEST(LineSession, AnswersNothingBeforeTheLineFeed) { EXPECT_EQ(answer({line, echo}, {"hi"}), answered("", 0)); }
TEST(LineSession, AnswersAnEmptyLine) { EXPECT_EQ(answer({line, suffix}, {"\n"}), answered("_suffix\n", 1)); }
TEST(LineSession, DropsACarriageReturnBeforeTheLineFeedFromASuffixedReply) {
    EXPECT_EQ(answer({line, suffix}, {"hi\r\n"}), answered("hi_suffix\n", 1));
}
TEST(LineSession, DropsACarriageReturnBeforeTheLineFeedFromAnEcho) {
    EXPECT_EQ(answer({line, echo}, {"hi\r\n"}), answered("hi\n", 1));
}
TEST(LineSession, DropsOnlyOneCarriageReturn) { EXPECT_EQ(answer({line, echo}, {"hi\r\r\n"}), answered("hi\r\n", 1)); }
TEST(LineSession, LeavesACarriageReturnElsewhereInPlace) {
    EXPECT_EQ(answer({line, echo}, {"\rh\ri\n"}), answered("\rh\ri\n", 1));
}
TEST(LineSession, DropsACarriageReturnThatWasReceivedAlone) {
    EXPECT_EQ(answer({line, echo}, {"hi", "\r", "\n"}), answered("hi\n", 1));
}
TEST(LineSession, TakesALineOfExactlyTheLimit) {
    EXPECT_EQ(answer({line, echo, "", 4}, {"abcd\n"}), answered("abcd\n", 1));
}
TEST(LineSession, TakesALineOfExactlyTheLimitAndACarriageReturn) {
    EXPECT_EQ(answer({line, echo, "", 4}, {"abcd\r\n"}), answered("abcd\n", 1));
}
TEST(LineSession, TakesALineOfExactlyTheLimitByteByByte) {
    EXPECT_EQ(answer({line, echo, "", 4}, {"a", "b", "c", "d", "\r", "\n"}), answered("abcd\n", 1));
}
TEST(LineSession, RefusesALineOfOneByteMoreThanTheLimit) {
    EXPECT_EQ(answer({line, echo, "", 4}, {"abcde\n"}), broken_off("", 0));
}
TEST(LineSession, RefusesALineOfOneByteMoreThanTheLimitAndACarriageReturn) {
    EXPECT_EQ(answer({line, echo, "", 4}, {"abcde\r\n"}), broken_off("", 0));
}
TEST(LineSession, RefusesALineOfTheLimitAndTwoCarriageReturns) {
    EXPECT_EQ(answer({line, echo, "", 4}, {"abcd\r\r\n"}), broken_off("", 0));
}
TEST(LineSession, RefusesALongLineBeforeItsEnd) {
    EXPECT_EQ(answer({line, echo, "", 4}, {"abc", "def"}), broken_off("", 0));
}
TEST(LineSession, AnswersLinesBeforeALongLine) {
    EXPECT_EQ(answer({line, echo, "", 4}, {"a\nb\nabcde\nc\n"}), broken_off("a\nb\n", 2));
}
TEST(LineSession, IgnoresBytesAfterALongLine) {
    EXPECT_EQ(answer({line, echo, "", 4}, {"abcdef", "\n", "a\n"}), broken_off("", 0));
}

TEST(LengthSession, AnswersEachMessageWithItsSuffix) {
    EXPECT_EQ(answer({length, suffix}, {mark(2) + "hi" + mark(5) + "there"}),
              answered(mark(9) + "hi_suffix" + mark(12) + "there_suffix", 2));
}
TEST(LengthSession, EchoesEachMessage) {
    EXPECT_EQ(answer({length, echo}, {mark(2) + "hi" + mark(1) + "\n"}), answered(mark(2) + "hi" + mark(1) + "\n", 2));
}
TEST(LengthSession, DiscardsEachMessage) {
    EXPECT_EQ(answer({length, discard}, {mark(2) + "hi" + mark(0)}), answered("", 2));
}
TEST(LengthSession, AnswersAnEmptyMessage) {
    EXPECT_EQ(answer({length, suffix}, {mark(0)}), answered(mark(7) + "_suffix", 1));
}
TEST(LengthSession, AnswersNothingBeforeTheLastByte) {
    EXPECT_EQ(answer({length, echo}, {mark(3) + "hi"}), answered("", 0));
}
TEST(LengthSession, TakesAMarkInPieces) {
    const std::string m = mark(2);
    EXPECT_EQ(answer({length, echo}, {m.substr(0, 1), m.substr(1, 2), m.substr(3) + "h", "i"}), answered(m + "hi", 1));
}
TEST(LengthSession, TakesAMessageOfExactlyTheLimit) {
    EXPECT_EQ(answer({length, echo, "", 4}, {mark(4) + "abcd"}), answered(mark(4) + "abcd", 1));
}
TEST(LengthSession, RefusesOneByteMoreThanTheLimitAtTheMark) {
    EXPECT_EQ(answer({length, echo, "", 4}, {mark(5)}), broken_off("", 0));
}
TEST(LengthSession, RefusesALengthOfFourGibibytes) {
    EXPECT_EQ(answer({length, echo}, {"\xff\xff", "\xff\xff"}), broken_off("", 0));
}
TEST(LengthSession, AnswersMessagesBeforeALongMessage) {
    EXPECT_EQ(answer({length, suffix, "!", 4}, {mark(2) + "hi" + mark(5) + "abcde" + mark(0)}),
              broken_off(mark(3) + "hi!", 1));
}

TEST(ProtocolOfASession, MayHaveALimitOfOneByte) { EXPECT_FALSE((ProtocolConfig{line, echo, "", 1}.contradiction())); }
TEST(ProtocolOfASession, MayNotHaveALimitOfZeroBytes) {
    EXPECT_TRUE((ProtocolConfig{line, echo, "", 0}.contradiction()));
}
TEST(ProtocolOfASession, MayNotHaveALimitThatOverflowsTheMark) {
    EXPECT_TRUE((ProtocolConfig{length, echo, "", ProtocolConfig::longest_message + 1}.contradiction()));
}
TEST(ProtocolOfASession, MayNotEndLinesWithinTheSuffix) {
    EXPECT_TRUE((ProtocolConfig{line, suffix, "a\nb"}.contradiction()));
}
TEST(ProtocolOfASession, MayHaveLineFeedsInTheSuffixOfChunks) {
    EXPECT_FALSE((ProtocolConfig{chunk, suffix, "a\nb"}.contradiction()));
}
TEST(ProtocolOfASession, MayNotHaveASuffixPastItsLimit) {
    EXPECT_TRUE((ProtocolConfig{chunk, suffix, std::string(ProtocolConfig::longest_suffix + 1, 'x')}.contradiction()));
}

TEST(LineSession, IsAmidAMessageFromItsFirstByte) {
    const ProtocolConfig protocol{line, echo};
    Session session(protocol, std::pmr::get_default_resource());
    Replies replies(roomy, std::pmr::get_default_resource());
    session.receive(as_bytes("hi"), replies);
    EXPECT_TRUE(session.amid_message());
}
TEST(LineSession, IsNotAmidAMessageAfterItsEnd) {
    const ProtocolConfig protocol{line, echo};
    Session session(protocol, std::pmr::get_default_resource());
    Replies replies(roomy, std::pmr::get_default_resource());
    session.receive(as_bytes("hi"), replies);
    replies.clear();
    session.receive(as_bytes("\n"), replies);
    EXPECT_FALSE(session.amid_message());
}

}  // namespace
}  // namespace iomux::protocol
