// The same bytes give the same replies, however they are split and however little room there is for replies.
#include <gtest/gtest.h>

#include <algorithm>

#include "support.hpp"

namespace iomux::protocol {
namespace {

struct Stream {
    ProtocolConfig protocol;
    std::string bytes;
};

ProtocolConfig random_protocol(Framing framing, std::mt19937& random) {
    constexpr Service every_service[] = {Service::suffix, Service::echo, Service::discard};
    return {framing, every_service[between(0, 2, random)], letters(between(0, 9, random), random),
            between(1, 40, random)};
}

// Most messages are within or at the limit, a few exceed it, and the last one may be incomplete.
std::size_t random_size(const ProtocolConfig& protocol, std::mt19937& random) {
    const std::size_t limit = protocol.max_message;
    switch (between(0, 30, random)) {
        case 0: return limit + between(1, 3, random);
        case 1: return limit * 3;
        case 2:
        case 3: return limit;
        case 4: return 0;
        default: return between(0, limit, random);
    }
}

Stream random_lines(std::mt19937& random) {
    Stream stream{random_protocol(Framing::line, random), {}};
    for (std::size_t lines = between(0, 30, random); lines > 0; --lines) {
        std::string text = letters(random_size(stream.protocol, random), random);
        for (char& c : text)
            if (between(0, 8, random) == 0) c = '\r';
        stream.bytes += text + (between(0, 1, random) == 0 ? "\r\n" : "\n");
    }
    if (between(0, 1, random) == 0) stream.bytes += letters(random_size(stream.protocol, random), random);
    return stream;
}

Stream random_lengths(std::mt19937& random) {
    Stream stream{random_protocol(Framing::length, random), {}};
    for (std::size_t messages = between(0, 30, random); messages > 0; --messages) {
        const std::size_t size = random_size(stream.protocol, random);
        stream.bytes += mark(size) + letters(size, random);
    }
    stream.bytes.resize(stream.bytes.size() - between(0, std::min<std::size_t>(stream.bytes.size(), 5), random));
    return stream;
}

using RandomStream = Stream (*)(std::mt19937&);

std::string stream_name(const testing::TestParamInfo<RandomStream>& tested) {
    return tested.param == &random_lines ? "lines" : "lengths";
}

class Splits : public testing::TestWithParam<RandomStream> {
protected:
    static constexpr unsigned streams = 1500;
};
INSTANTIATE_TEST_SUITE_P(Of, Splits, testing::Values(&random_lines, &random_lengths), stream_name);

std::vector<std::string> byte_by_byte(const std::string& text) {
    std::vector<std::string> pieces;
    for (const char c : text) pieces.emplace_back(1, c);
    return pieces;
}

TEST_P(Splits, AtRandomPlacesChangeNothing) {
    for (unsigned seed = 0; seed < streams; ++seed) {
        std::mt19937 random(seed);
        const Stream stream = GetParam()(random);
        ASSERT_EQ(answer(stream.protocol, split(stream.bytes, random)), answer(stream.protocol, {stream.bytes}))
            << "seed " << seed;
    }
}

TEST_P(Splits, AfterEveryByteChangeNothing) {
    for (unsigned seed = 0; seed < streams; ++seed) {
        std::mt19937 random(seed);
        const Stream stream = GetParam()(random);
        ASSERT_EQ(answer(stream.protocol, byte_by_byte(stream.bytes)), answer(stream.protocol, {stream.bytes}))
            << "seed " << seed;
    }
}

TEST_P(Splits, WithLittleRoomForRepliesChangeNothing) {
    for (unsigned seed = 0; seed < streams; ++seed) {
        std::mt19937 random(seed);
        const Stream stream = GetParam()(random);
        ASSERT_EQ(answer(stream.protocol, split(stream.bytes, random), between(1, 60, random)),
                  answer(stream.protocol, {stream.bytes}))
            << "seed " << seed;
    }
}

TEST_P(Splits, WithLittleRoomExceedItByAtMostOneReply) {
    for (unsigned seed = 0; seed < streams; ++seed) {
        std::mt19937 random(seed);
        const Stream stream = GetParam()(random);
        const std::size_t limit = between(1, 60, random);
        const std::size_t longest_reply = 4 + stream.protocol.max_message + stream.protocol.suffix.size() + 1;
        ASSERT_LE(answer(stream.protocol, split(stream.bytes, random), limit).most_at_once, limit + longest_reply)
            << "seed " << seed;
    }
}

// Shows that the random streams contain what the tests above are about.
TEST_P(Splits, CoverViolationsAndRepliesAndBoth) {
    bool with_replies_only = false, with_violation_only = false, with_both = false;
    for (unsigned seed = 0; seed < streams; ++seed) {
        std::mt19937 random(seed);
        const Stream stream = GetParam()(random);
        const Outcome outcome = answer(stream.protocol, {stream.bytes});
        const bool broken = outcome.violation != Violation::none;
        with_replies_only |= !broken && !outcome.replies.empty();
        with_violation_only |= broken && outcome.replies.empty();
        with_both |= broken && !outcome.replies.empty();
    }
    EXPECT_TRUE(with_replies_only && with_violation_only && with_both);
}

}  // namespace
}  // namespace iomux::protocol
