#include "load/workload/payload.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <vector>

namespace iomux::load {
namespace {

TEST(Payload, HasOnlyLettersAndDigits) {
    const Payload payload(100, "");
    const std::string_view message = protocol::as_text(payload.message(payload.first(0)));
    EXPECT_EQ(message.size(), 100u);
    EXPECT_TRUE(std::ranges::all_of(message, [](unsigned char letter) { return std::isalnum(letter) != 0; }));
}

TEST(Payload, NeverContainsTheFirstByteOfTheSuffix) {
    const Payload payload(60'000, "xyz");
    EXPECT_EQ(protocol::as_text(payload.message(payload.first(0))).find('x'), std::string_view::npos);
}

TEST(Payload, IsTheSameEveryTime) {
    const Payload one(64, ""), other(64, "");
    EXPECT_TRUE(std::ranges::equal(one.message(one.first(5)), other.message(other.first(5))));
}

TEST(Payload, VisitsEveryOffsetBeforeItRepeatsOne) {
    for (const std::size_t size : {std::size_t{1}, std::size_t{64}, std::size_t{4096}, std::size_t{65'536}}) {
        const Payload payload(size, "");
        std::set<Payload::Slice> seen;
        Payload::Slice slice = payload.first(0);
        while (seen.insert(slice).second) slice = payload.next(slice);
        EXPECT_EQ(slice, payload.first(0));
        EXPECT_GT(seen.size(), 65'536u);
    }
}

TEST(Payload, GivesEveryConnectionDifferentMessages) {
    constexpr std::size_t connections = 64, messages = 100;
    for (const Sizes& size : {Sizes(16), Sizes(64), Sizes(1000), Sizes(100'000), Sizes::uniform(16, 1024)}) {
        const Payload payload(size, "");
        std::set<std::string_view> seen;
        for (std::size_t connection = 0; connection < connections; ++connection) {
            Payload::Slice slice = payload.first(connection);
            for (std::size_t i = 0; i < messages; ++i, slice = payload.next(slice))
                seen.insert(protocol::as_text(payload.message(slice)));
        }
        EXPECT_EQ(seen.size(), connections * messages) << size.words();
    }
}

TEST(Payload, UsesAllRandomSizesOnEveryConnection) {
    const Sizes sizes = Sizes::uniform(16, 1024);
    const Payload payload(sizes, "", 7);
    for (const std::size_t connection : {0, 1, 63}) {
        std::vector<std::size_t> seen;
        Payload::Slice slice = payload.first(connection);
        for (std::size_t i = 0; i < Sizes::draws; ++i, slice = payload.next(slice)) {
            EXPECT_EQ(payload.message(slice).size(), slice.size);
            seen.push_back(slice.size);
        }
        std::vector<std::size_t> all = drawn(sizes, 7);
        EXPECT_TRUE(std::ranges::is_permutation(seen, all)) << connection;
    }
}

}  // namespace
}  // namespace iomux::load
