#include "load/workload/numbered_messages.hpp"

#include <gtest/gtest.h>

namespace iomux::load {
namespace {

std::string written(NumberedMessages& messages, std::uint64_t number) {
    return std::string(protocol::as_text(messages.write(number)));
}

std::optional<std::uint64_t> number_in(const NumberedMessages& messages, std::string_view reply) {
    return messages.number_in(protocol::as_bytes(reply));
}

TEST(NumberedMessages, HaveTheRequestedSize) {
    for (const std::size_t size : {NumberedMessages::shortest, std::size_t{64}, std::size_t{65'507}}) {
        NumberedMessages messages(size, "");
        EXPECT_EQ(messages.write(3).size(), size);
    }
}

TEST(NumberedMessages, AreIdentifiedByTheirRepliesWhateverTheNumber) {
    for (const std::size_t size : {NumberedMessages::shortest, std::size_t{64}, std::size_t{65'507}}) {
        NumberedMessages messages(size, "_suffix");
        for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{70'000}, ~std::uint64_t{0}})
            EXPECT_EQ(number_in(messages, written(messages, number) + "_suffix"), number);
    }
}

TEST(NumberedMessages, OfRandomSizesAreIdentifiedOnlyByRepliesOfTheirOwnSize) {
    NumberedMessages messages(Sizes::uniform(NumberedMessages::shortest, 100), "_suffix");
    for (std::uint64_t number = 0; number < 200; ++number) {
        const std::string reply = written(messages, number) + "_suffix";
        EXPECT_EQ(number_in(messages, reply), number);
        EXPECT_EQ(number_in(messages, reply + "x"), std::nullopt);
    }
}

TEST(NumberedMessages, AreNotIdentifiedByAReplyWithAWrongByteAfterTheNumber) {
    NumberedMessages messages(32, "_suffix");
    const std::string right = written(messages, 5) + "_suffix";
    for (std::size_t at = NumberedMessages::shortest; at < right.size(); ++at) {
        std::string reply = right;
        reply[at] = '-';
        EXPECT_EQ(number_in(messages, reply), std::nullopt) << at;
    }
}

TEST(NumberedMessages, AreNotIdentifiedByAReplyWithTheTextOfAnother) {
    NumberedMessages messages(32, "");
    const std::string one = written(messages, 5);
    const std::string other = written(messages, 6);
    EXPECT_EQ(number_in(messages, one.substr(0, NumberedMessages::shortest) + other.substr(NumberedMessages::shortest)),
              std::nullopt);
}

TEST(NumberedMessages, AreNotIdentifiedByAReplyOfAnotherSize) {
    NumberedMessages messages(32, "");
    const std::string right = written(messages, 5);
    EXPECT_EQ(number_in(messages, right + "x"), std::nullopt);
    EXPECT_EQ(number_in(messages, right.substr(0, 31)), std::nullopt);
    EXPECT_EQ(number_in(messages, ""), std::nullopt);
}

}  // namespace
}  // namespace iomux::load
