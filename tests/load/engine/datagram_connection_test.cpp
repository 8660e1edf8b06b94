#include "load/engine/datagram_connection.hpp"

#include <gtest/gtest.h>

namespace iomux::load {
namespace {

using namespace std::chrono_literals;

constexpr DatagramConnection::Time now{1h};
constexpr std::uint64_t first = 1000;

// Marks requests as sent without sending them.
struct Sender {
    explicit Sender(std::size_t places) : depth(places), connection(posix::UniqueFd(), first, places) {}

    // Returns the number of the request.
    std::uint64_t send() {
        DatagramRequest& request = connection.sent(now);
        on_their_way.push_back(request);
        return request.next_number - depth;
    }

    std::size_t depth;
    DatagramsOnTheirWay on_their_way;
    DatagramConnection connection;
};

TEST(DatagramConnection, HasAsManyRequestsInFlightAsItsDepth) {
    Sender sender(2);
    sender.send();
    EXPECT_EQ(sender.connection.outstanding(), 1u);
    EXPECT_TRUE(sender.connection.has_unsent());
    sender.send();
    EXPECT_EQ(sender.connection.outstanding(), 2u);
    EXPECT_FALSE(sender.connection.has_unsent());
}

TEST(DatagramConnection, FindsARequestInFlight) {
    Sender sender(1);
    const std::uint64_t number = sender.send();
    ASSERT_NE(sender.connection.find(number), nullptr);
    EXPECT_EQ(sender.connection.find(number)->sent_at, now);
}

TEST(DatagramConnection, DoesNotFindARequestThatIsDoneButKnowsThatItWasSent) {
    Sender sender(1);
    const std::uint64_t number = sender.send();
    sender.connection.done(*sender.connection.find(number));
    EXPECT_EQ(sender.connection.find(number), nullptr);
    EXPECT_TRUE(sender.connection.has_sent(number));
    EXPECT_TRUE(sender.on_their_way.empty());
}

TEST(DatagramConnection, DoesNotMistakeTheNextRequestInAPlaceForThePreviousOne) {
    Sender sender(1);
    const std::uint64_t lost = sender.send();
    sender.connection.done(*sender.connection.find(lost));
    const std::uint64_t next = sender.send();
    EXPECT_EQ(sender.connection.find(lost), nullptr);
    EXPECT_NE(sender.connection.find(next), nullptr);
}

TEST(DatagramConnection, DoesNotKnowANumberThatItHasNotSent) {
    Sender sender(1);
    sender.send();
    EXPECT_TRUE(sender.connection.has_sent(first));
    for (const std::uint64_t number : {first - 1, first + 1, std::uint64_t{0}, ~std::uint64_t{0}}) {
        EXPECT_FALSE(sender.connection.has_sent(number)) << number;
        EXPECT_EQ(sender.connection.find(number), nullptr) << number;
    }
}

TEST(DatagramConnection, ForgetsRequestsInFlightWhenItIsClosed) {
    Sender sender(3);
    sender.send();
    sender.connection.close();
    EXPECT_TRUE(sender.on_their_way.empty());
    EXPECT_EQ(sender.connection.outstanding(), 0u);
    EXPECT_FALSE(sender.connection.has_unsent());
}

}  // namespace
}  // namespace iomux::load
