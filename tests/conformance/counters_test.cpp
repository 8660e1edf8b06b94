// The counters match what has happened, and add up.
#include <numeric>

#include "tested.hpp"

namespace iomux::conformance {
namespace {

class CountersOfEveryServer : public EveryServer {
protected:
    struct Run {
        server::Counters counters;
        std::size_t messages = 0, bytes_sent = 0, bytes_received = 0;
    };

    // Thirty clients, every third of which ends with a reset, the others with a half-close.
    Run run() const {
        const protocol::ProtocolConfig protocol{protocol::Framing::line};
        RunningServer server(*GetParam(), settings_for(protocol));
        Run run;
        for (unsigned i = 0; i < 30; ++i) {
            Conversation conversation = server.converse();
            conversation.ask_times(i, 100);
            conversation.await_answers();
            if (i % 3 == 0)
                conversation.client().reset();
            else
                conversation.finish();
            run.messages += i;
            run.bytes_sent += conversation.bytes_sent();
            run.bytes_received += conversation.bytes_received();
        }
        run.counters = server.stop_and_end();
        return run;
    }
};
IOMUX_FOR_EVERY_SERVER(CountersOfEveryServer);

TEST_P(CountersOfEveryServer, CountAsManyClosedAsAccepted) {
    const server::Counters counters = run().counters;
    EXPECT_EQ(std::accumulate(counters.closed.begin(), counters.closed.end(), std::uint64_t{0}), counters.accepted);
}

TEST_P(CountersOfEveryServer, CountEveryConnection) { EXPECT_EQ(run().counters.accepted, 30u); }

TEST_P(CountersOfEveryServer, CountEveryMessage) {
    const Run done = run();
    EXPECT_EQ(done.counters.messages, done.messages);
}

TEST_P(CountersOfEveryServer, CountEveryByteReceived) {
    const Run done = run();
    EXPECT_EQ(done.counters.bytes_received, done.bytes_sent);
}

TEST_P(CountersOfEveryServer, CountEveryByteSent) {
    const Run done = run();
    EXPECT_EQ(done.counters.bytes_sent, done.bytes_received);
}

}  // namespace
}  // namespace iomux::conformance
