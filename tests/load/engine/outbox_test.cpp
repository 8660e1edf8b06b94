#include "load/engine/outbox.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "protocol/requests.hpp"

namespace iomux::load {
namespace {

using protocol::Framing;
using protocol::ProtocolConfig;

std::size_t between(std::size_t low, std::size_t high, std::mt19937& random) {
    return std::uniform_int_distribution<std::size_t>(low, high)(random);
}

std::string text_of(std::span<const iovec> pieces) {
    std::string text;
    for (const iovec& piece : pieces) text.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
    return text;
}

class OutboxIn : public testing::TestWithParam<Framing> {
protected:
    const ProtocolConfig protocol{.framing = GetParam()};
};
INSTANTIATE_TEST_SUITE_P(EveryFraming, OutboxIn, testing::Values(Framing::chunk, Framing::line, Framing::length),
                         [](const auto& tested) { return std::string(name_of(tested.param)); });

TEST_P(OutboxIn, SendsEveryRequestCompletelyWhateverTheSizeOfAWrite) {
    for (unsigned seed = 0; seed < 100; ++seed) {
        std::mt19937 random(seed);
        const Sizes size = seed == 0       ? Sizes(40'000)
                           : seed % 2 == 0 ? Sizes::uniform(1, between(2, 1000, random))
                                           : Sizes(between(1, 500, random));
        const Payload payload(size, "");
        const Envelope envelope(protocol, payload.sizes());
        Outbox outbox(payload, envelope, payload.first(seed));
        std::vector<std::byte> wanted;
        std::string sent;
        std::size_t added = 0, whole = 0;
        while (whole < 100) {
            for (std::size_t more = added < 100 ? between(0, 100 - added, random) : 0; more > 0; --more, ++added)
                append_request(protocol, outbox.add(), wanted);
            std::array<iovec, Outbox::most_pieces> pieces;
            const std::string offered = text_of(std::span(pieces).first(outbox.gather(pieces)));
            const protocol::Bytes single = outbox.single_piece();
            ASSERT_TRUE(single.empty() || protocol::as_text(single) == offered);
            const std::size_t taken = between(0, offered.size(), random);
            sent += offered.substr(0, taken);
            whole += outbox.sent(taken);
            ASSERT_EQ(outbox.waiting(), added - whole);
            ASSERT_TRUE(outbox.waiting() == 0 || !offered.empty());
        }
        ASSERT_EQ(sent, protocol::as_text(wanted)) << "seed " << seed;
    }
}

TEST(Outbox, OffersAdjacentChunksAsOnePiece) {
    const Payload payload(64, "");
    const Envelope envelope({.framing = Framing::chunk}, payload.sizes());
    Outbox outbox(payload, envelope, payload.first(0));
    for (int i = 0; i < 10; ++i) outbox.add();
    std::array<iovec, Outbox::most_pieces> pieces;
    EXPECT_EQ(outbox.gather(pieces), 1u);
    EXPECT_EQ(pieces[0].iov_len, 640u);
}

}  // namespace
}  // namespace iomux::load
