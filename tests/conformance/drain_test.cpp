// A server that is stopped answers what it has received, and ends within the drain timeout.
#include "tested.hpp"

namespace iomux::conformance {
namespace {

using server::Cause;

class EveryStoppedServer : public EveryServer {};
IOMUX_FOR_EVERY_SERVER(EveryStoppedServer);

TEST_P(EveryStoppedServer, EndsWithoutClients) {
    RunningServer server(*GetParam());
    EXPECT_EQ(server.stop_and_end().accepted, 0u);
}

TEST_P(EveryStoppedServer, SendsEndOfFileToIdleClients) {
    RunningServer server(*GetParam());
    Conversation idle = server.converse();
    idle.ask_and_await("hi");
    server.stop();
    idle.await_end();
}

TEST_P(EveryStoppedServer, CountsIdleClientsAsDrained) {
    RunningServer server(*GetParam());
    {
        std::deque<Conversation> idle;
        for (int i = 0; i < 10; ++i) {
            idle.push_back(server.converse());
            idle.back().ask_and_await("hi");
        }
        server.stop();
        for (Conversation& conversation : idle) conversation.await_end();
    }
    EXPECT_EQ(server.ended().closed_by(Cause::drained), 10u);
}

TEST_P(EveryStoppedServer, ClosesClientsThatKeepTheirSideOpenAfterTheLingerTime) {
    server::Settings settings = settings_for({});
    settings.limits.linger = std::chrono::milliseconds(50);
    RunningServer server(*GetParam(), settings);
    Conversation idle = server.converse();
    idle.ask_and_await("hi");
    EXPECT_EQ(server.stop_and_end().closed_by(Cause::drained), 1u);
}

TEST_P(EveryStoppedServer, AnswersEverythingThatTheKernelHasReceived) {
    const protocol::ProtocolConfig protocol = amplifying();
    RunningServer server(*GetParam(), settings_for(protocol));
    Conversation conversation = server.converse();
    conversation.client().shrink_receive_buffer();
    conversation.ask_times(16 * 1024, 0);  // 16 MiB of replies: more than the kernel buffers
    conversation.send_all();
    conversation.await_first_byte();
    conversation.ask_times(1000, 0);  // not read before the stop, because earlier replies are unsent
    conversation.send_all();
    conversation.client().await_receipt();
    server.stop();
    conversation.await_end();
}

TEST_P(EveryStoppedServer, AnswersRequestsJustReceivedFromManyClients) {
    const protocol::ProtocolConfig protocol{protocol::Framing::line};
    RunningServer server(*GetParam(), settings_for(protocol));
    std::deque<Conversation> conversations;
    for (int i = 0; i < 30; ++i) {
        conversations.push_back(server.converse());
        conversations.back().ask_and_await("hi");
    }
    for (Conversation& conversation : conversations) {
        conversation.ask_times(200, 20);
        conversation.send_all();
    }
    for (Conversation& conversation : conversations) conversation.client().await_receipt();
    server.stop();
    for (Conversation& conversation : conversations) conversation.await_end();
}

TEST_P(EveryStoppedServer, IgnoresAnIncompleteMessage) {
    const protocol::ProtocolConfig protocol{protocol::Framing::line};
    RunningServer server(*GetParam(), settings_for(protocol));
    Conversation conversation = server.converse();
    conversation.ask_and_await("hi");
    conversation.client().send("half a li");
    conversation.client().await_receipt();
    server.stop();
    conversation.await_end();
}

TEST_P(EveryStoppedServer, AcceptsNoClient) {
    RunningServer server(*GetParam());
    Conversation held = server.converse();
    held.ask_and_await("hi");
    server.stop();
    held.await_end();
    EXPECT_THROW(server.connect(), std::system_error);
}

TEST_P(EveryStoppedServer, EndsAtTheDrainTimeoutIfAClientDoesNotRead) {
    const protocol::ProtocolConfig protocol = amplifying();
    server::Settings settings = settings_for(protocol);
    settings.limits.drain_timeout = std::chrono::milliseconds(100);
    RunningServer server(*GetParam(), settings);
    Conversation conversation = server.converse();
    conversation.client().shrink_receive_buffer();
    conversation.ask_times(16 * 1024, 0);  // 16 MiB of replies: more than the kernel ever buffers
    conversation.send_all();
    conversation.await_first_byte();
    const server::Counters counters = server.stop_and_end();
    EXPECT_EQ(counters.closed_by(Cause::drain_timeout), 1u) << to_json(counters, GetParam()->name);
}

// The drain timeout expires while the messages of one read are handled, and more bytes are waiting to be read.
TEST_P(EveryStoppedServer, CountsNoErrorIfTheDrainTimeoutEndsItsWork) {
    server::Settings settings = settings_for({protocol::Framing::line});
    settings.work = {server::SimulatedWork::By::sleep, std::chrono::milliseconds(1)};
    settings.limits.drain_timeout = std::chrono::milliseconds(50);
    RunningServer server(*GetParam(), settings);
    Conversation conversation = server.converse();
    conversation.ask_times(300, 100);
    conversation.send_all();
    conversation.await_first_byte();
    const server::Counters counters = server.stop_and_end();
    EXPECT_EQ(counters.closed_by(Cause::error), 0u) << to_json(counters, GetParam()->name);
}

TEST_P(EveryStoppedServer, EndsAtTheDrainTimeoutIfAClientNeverStopsSending) {
    server::Settings settings = settings_for({protocol::Framing::line, protocol::Service::discard});
    settings.limits.drain_timeout = std::chrono::milliseconds(300);
    RunningServer server(*GetParam(), settings);
    Client client = server.connect();
    std::jthread sender([&](const std::stop_token& stop) {
        try {
            while (!stop.stop_requested()) client.send(message(1000) + "\n");
        } catch (const std::system_error&) {
            // Expected: the server has closed the connection.
        }
    });
    const server::Counters counters = server.stop_and_end();
    EXPECT_LE(counters.accepted, 1u);
}

TEST_P(EveryStoppedServer, CanBeStoppedTwice) {
    RunningServer server(*GetParam());
    Conversation conversation = server.converse();
    conversation.ask_and_await("hi");
    server.stop();
    server.stop();
    conversation.await_end();
}

}  // namespace
}  // namespace iomux::conformance
