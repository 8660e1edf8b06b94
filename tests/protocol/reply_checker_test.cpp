#include <gtest/gtest.h>

#include "protocol/requests.hpp"
#include "support.hpp"

namespace iomux::protocol {
namespace {

constexpr Framing framings[] = {Framing::chunk, Framing::line, Framing::length};
constexpr Service services[] = {Service::suffix, Service::echo, Service::discard};

std::string protocol_name(const testing::TestParamInfo<std::tuple<Framing, Service>>& tested) {
    return std::string(name_of(std::get<0>(tested.param))) + "_" + std::string(name_of(std::get<1>(tested.param)));
}

// Messages, their requests, and the session's replies.
struct Transcript {
    std::vector<std::string> messages;
    std::string requests;
    std::string replies;

    Transcript(const ProtocolConfig& protocol, std::size_t depth, std::mt19937& random) {
        std::vector<std::byte> bytes;
        for (std::size_t i = 0; i < depth; ++i) {
            const std::size_t shortest = protocol.framing == Framing::chunk ? 1 : 0;
            messages.push_back(letters(between(shortest, 30, random), random));
            append_request(protocol, as_bytes(messages.back()), bytes);
        }
        requests = as_text(bytes);
        replies = answer(protocol, split(requests, random)).replies;
    }
};

class CheckerOf : public testing::TestWithParam<std::tuple<Framing, Service>> {
protected:
    const ProtocolConfig protocol{std::get<0>(GetParam()), std::get<1>(GetParam())};

    ReplyChecker expecting(const Transcript& transcript) const {
        ReplyChecker checker(protocol);
        for (const std::string& message : transcript.messages) checker.expect(as_bytes(message));
        return checker;
    }
};

class EveryReplyChecker : public CheckerOf {};
INSTANTIATE_TEST_SUITE_P(Of, EveryReplyChecker,
                         testing::Combine(testing::ValuesIn(framings), testing::ValuesIn(services)), protocol_name);

class AnsweringReplyChecker : public CheckerOf {};
INSTANTIATE_TEST_SUITE_P(Of, AnsweringReplyChecker,
                         testing::Combine(testing::ValuesIn(framings), testing::Values(Service::suffix, Service::echo)),
                         protocol_name);

TEST_P(EveryReplyChecker, AcceptsEveryReplyOfASession) {
    for (unsigned seed = 0; seed < 300; ++seed) {
        std::mt19937 random(seed);
        const Transcript transcript(protocol, between(1, 100, random), random);
        ReplyChecker checker = expecting(transcript);
        std::size_t replies = 0;
        for (const std::string& piece : split(transcript.replies, random)) replies += checker.check(as_bytes(piece));
        ASSERT_FALSE(checker.wrong()) << "seed " << seed;
        ASSERT_EQ(checker.outstanding(), 0u) << "seed " << seed;
        ASSERT_EQ(replies, protocol.service == Service::discard ? 0 : transcript.messages.size()) << "seed " << seed;
    }
}

TEST_P(EveryReplyChecker, AcceptsRepliesBetweenRequests) {
    std::mt19937 random(1);
    ReplyChecker checker(protocol);
    std::vector<Transcript> transcripts;
    transcripts.reserve(200);
    for (int i = 0; i < 200; ++i) {
        const Transcript& transcript = transcripts.emplace_back(protocol, between(1, 5, random), random);
        for (const std::string& message : transcript.messages) checker.expect(as_bytes(message));
        checker.check(as_bytes(transcript.replies));
        ASSERT_FALSE(checker.wrong());
        ASSERT_EQ(checker.outstanding(), 0u);
    }
}

TEST_P(EveryReplyChecker, RejectsAnExtraByte) {
    std::mt19937 random(1);
    const Transcript transcript(protocol, 5, random);
    ReplyChecker checker = expecting(transcript);
    checker.check(as_bytes(transcript.replies));
    checker.check(as_bytes("x"));
    EXPECT_TRUE(checker.wrong());
}

TEST_P(AnsweringReplyChecker, DetectsEveryWrongByte) {
    for (unsigned seed = 0; seed < 10; ++seed) {
        std::mt19937 random(seed);
        const Transcript transcript(protocol, 6, random);
        for (std::size_t at = 0; at < transcript.replies.size(); ++at) {
            for (const int flip : {1, 0x20, 0xff}) {
                std::string replies = transcript.replies;
                replies[at] = static_cast<char>(replies[at] ^ flip);
                ReplyChecker checker = expecting(transcript);
                checker.check(as_bytes(replies));
                ASSERT_TRUE(checker.wrong() || checker.outstanding() > 0) << "seed " << seed << ", byte " << at;
            }
        }
    }
}

TEST_P(AnsweringReplyChecker, DoesNotCountATruncatedReply) {
    std::mt19937 random(1);
    const Transcript transcript(protocol, 6, random);
    for (std::size_t size = 0; size < transcript.replies.size(); ++size) {
        ReplyChecker checker = expecting(transcript);
        checker.check(as_bytes(transcript.replies).first(size));
        ASSERT_GT(checker.outstanding(), 0u) << size << " bytes";
    }
}

TEST_P(AnsweringReplyChecker, IgnoresBytesAfterAWrongByte) {
    std::mt19937 random(1);
    const Transcript transcript(protocol, 3, random);
    ReplyChecker checker = expecting(transcript);
    checker.check(as_bytes("!"));
    EXPECT_EQ(checker.check(as_bytes(transcript.replies)), 0u);
    EXPECT_TRUE(checker.wrong());
}

TEST(ChunkReplyChecker, AcceptsTwoRequestsThatWereReadAsOne) {
    const ProtocolConfig protocol;
    ReplyChecker checker(protocol);
    checker.expect(as_bytes("hi"));
    checker.expect(as_bytes("there"));
    EXPECT_EQ(checker.check(as_bytes("hithere_suffix")), 2u);
}

TEST(ChunkReplyChecker, AcceptsARequestThatWasReadAsTwo) {
    const ProtocolConfig protocol;
    ReplyChecker checker(protocol);
    checker.expect(as_bytes("there"));
    EXPECT_EQ(checker.check(as_bytes("the_suffixre_suffix")), 1u);
}

TEST(ChunkReplyChecker, RejectsASuffixWithoutAMessage) {
    const ProtocolConfig protocol;
    ReplyChecker checker(protocol);
    checker.expect(as_bytes("hi"));
    checker.check(as_bytes("_suffix"));
    EXPECT_TRUE(checker.wrong());
}

TEST(RequestForReplyChecker, OfALineHasNoLineFeedInside) {
    EXPECT_TRUE(unaskable({Framing::line, Service::echo}, as_bytes("a\nb")));
}
TEST(RequestForReplyChecker, OfALineHasNoCarriageReturnAtItsEnd) {
    EXPECT_TRUE(unaskable({Framing::line, Service::echo}, as_bytes("a\r")));
}
TEST(RequestForReplyChecker, OfAChunkIsNotEmpty) {
    EXPECT_TRUE(unaskable({Framing::chunk, Service::echo}, as_bytes("")));
}
TEST(RequestForReplyChecker, IsNotLongerThanTheLimit) {
    EXPECT_TRUE(unaskable({Framing::length, Service::echo, "", 3}, as_bytes("four")));
}
TEST(RequestForReplyChecker, MayBeAnythingElse) {
    EXPECT_FALSE(unaskable({Framing::length, Service::echo}, as_bytes("a\nb\r")));
}

}  // namespace
}  // namespace iomux::protocol
