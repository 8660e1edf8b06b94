// A server at its limit on connections.
#include "tested.hpp"

namespace iomux::conformance {
namespace {

constexpr std::size_t max_connections = 5;

class EveryServerAtItsLimit : public EveryServer {
protected:
    static server::Settings limited() {
        server::Settings settings = settings_for({});
        settings.limits.max_connections = max_connections;
        return settings;
    }

    // As many conversations as the limit allows.
    static std::deque<Conversation> fill(const RunningServer& server) {
        std::deque<Conversation> conversations;
        for (std::size_t i = 0; i < max_connections; ++i) {
            conversations.push_back(server.converse());
            conversations.back().ask_and_await("hi");
        }
        return conversations;
    }
};
IOMUX_FOR_EVERY_SERVER(EveryServerAtItsLimit);

TEST_P(EveryServerAtItsLimit, ClosesAConnectionAboveTheLimit) {
    RunningServer server(*GetParam(), limited());
    const std::deque<Conversation> conversations = fill(server);
    EXPECT_TRUE(server.connect().is_refused());
}

TEST_P(EveryServerAtItsLimit, KeepsServingConnectionsWithinTheLimit) {
    RunningServer server(*GetParam(), limited());
    std::deque<Conversation> conversations = fill(server);
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(server.connect().is_refused());
    for (Conversation& conversation : conversations) conversation.ask_and_await("still here");
}

TEST_P(EveryServerAtItsLimit, ServesANewClientOnceAnotherHasDisconnected) {
    RunningServer server(*GetParam(), limited());
    std::deque<Conversation> conversations = fill(server);
    conversations.front().finish();
    Conversation next = server.converse();
    next.ask_and_await("hi");
}

TEST_P(EveryServerAtItsLimit, CountsRefusedConnections) {
    RunningServer server(*GetParam(), limited());
    {
        const std::deque<Conversation> conversations = fill(server);
        for (int i = 0; i < 3; ++i) EXPECT_TRUE(server.connect().is_refused());
    }
    const server::Counters counters = server.stop_and_end();
    EXPECT_EQ(counters.refused, 3u);
    EXPECT_EQ(counters.accepted, max_connections);
}

}  // namespace
}  // namespace iomux::conformance
