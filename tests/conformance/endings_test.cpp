// The ways in which a connection can end, and that other connections are not affected.
#include <filesystem>

#include "temporary_directory.hpp"
#include "tested.hpp"

namespace iomux::conformance {
namespace {

using server::Cause;

class EveryServerAtTheEndOfAConnection : public EveryServer {};
IOMUX_FOR_EVERY_SERVER(EveryServerAtTheEndOfAConnection);

TEST_P(EveryServerAtTheEndOfAConnection, SendsAllRepliesToAClientThatReadsOnlyAfterItsHalfClose) {
    const protocol::ProtocolConfig protocol = amplifying();
    RunningServer server(*GetParam(), settings_for(protocol));
    Conversation conversation = server.converse();
    conversation.ask_times(4096, 0);  // 4 MiB of replies
    conversation.send_all();
    conversation.client().end_sending();
    conversation.await_end();
}

// The low-water mark is just below the high-water mark, so the server reads the end of file while much is unsent.
TEST_P(EveryServerAtTheEndOfAConnection, SendsUnsentRepliesAfterItHasSeenTheHalfClose) {
    const protocol::ProtocolConfig protocol = amplifying();
    server::Settings settings = settings_for(protocol);
    settings.limits.low_water = settings.limits.high_water - 1;
    RunningServer server(*GetParam(), settings);
    Conversation conversation = server.converse();
    conversation.client().shrink_receive_buffer();
    conversation.ask_times(16 * 1024, 0);
    conversation.send_all();
    conversation.client().end_sending();
    conversation.await_end();
}

TEST_P(EveryServerAtTheEndOfAConnection, SendsEndOfFileToAClientThatSentNothing) {
    RunningServer server(*GetParam());
    Client client = server.connect();
    client.end_sending();
    EXPECT_EQ(client.receive_all(), "");
}

TEST_P(EveryServerAtTheEndOfAConnection, DoesNotAnswerHalfAMessage) {
    RunningServer server(*GetParam(), settings_for({protocol::Framing::line}));
    Client client = server.connect();
    client.send("half a line");
    client.end_sending();
    EXPECT_EQ(client.receive_all(), "");
}

TEST_P(EveryServerAtTheEndOfAConnection, CountsAResetOnce) {
    RunningServer server(*GetParam());
    Conversation leaving = server.converse();
    leaving.ask_and_await("hi");
    leaving.client().reset();
    EXPECT_EQ(server.stop_and_end().closed_by(Cause::reset), 1u);
}

TEST_P(EveryServerAtTheEndOfAConnection, ServesOthersCorrectlyWhileManyResetMidStream) {
    RunningServer server(*GetParam(), settings_for({protocol::Framing::length}));
    Conversation staying = server.converse();
    for (unsigned i = 0; i < 100; ++i) {
        Conversation leaving = server.converse();
        leaving.ask_times(3, 1000);
        leaving.send_fragment(1 + i * 20);
        staying.ask_and_await(message(200, i));
        leaving.client().reset();
    }
    staying.finish();
}

// After the client's end of file and then its reset, a send fails with EPIPE, which would raise SIGPIPE.
TEST_P(EveryServerAtTheEndOfAConnection, SurvivesASendToAClientThatHasHalfClosedAndReset) {
    const protocol::ProtocolConfig protocol = amplifying();
    RunningServer server(*GetParam(), settings_for(protocol));
    Conversation leaving = server.converse();
    leaving.client().shrink_receive_buffer();
    leaving.ask_times(32 * 1024, 0);
    leaving.send_all();
    leaving.client().end_sending();
    leaving.client().reset();
    server.converse().ask_and_await("hi");
    EXPECT_EQ(server.stop_and_end().closed_by(Cause::reset), 1u);
}

// On a Unix socket every send to a client that has disconnected fails with EPIPE.
TEST_P(EveryServerAtTheEndOfAConnection, SurvivesASendToAUnixClientThatHasDisconnected) {
    const TemporaryDirectory directory;
    const protocol::ProtocolConfig protocol = amplifying();
    RunningServer server(*GetParam(), settings_for(protocol), posix::Endpoint::unix_path(directory.file("socket")));
    for (int i = 0; i < 20; ++i) {
        Conversation leaving = server.converse();
        leaving.ask_times(2000, 0);
        leaving.send_all();
        leaving.client().close();
    }
    server.converse().ask_and_await("hi");
}

class EveryServerWithAMessageLimit : public testing::TestWithParam<ServerWithProtocol> {
protected:
    protocol::ProtocolConfig protocol = GetParam().protocol();
    EveryServerWithAMessageLimit() { protocol.max_message = 1000; }
};
INSTANTIATE_TEST_SUITE_P(Servers, EveryServerWithAMessageLimit, testing::ValuesIn(every_server_with_a_message_limit()),
                         name_with_protocol);

// Sends requests, and after them a message above the limit.
void ask_too_much(Conversation& conversation, const protocol::ProtocolConfig& protocol) {
    conversation.ask_times(3, 100);
    conversation.send_all();
    std::vector<std::byte> too_long;
    append_request(protocol, protocol::as_bytes(message(protocol.max_message + 2000)), too_long);
    conversation.client().send(protocol::as_text(too_long));
}

TEST_P(EveryServerWithAMessageLimit, AnswersTheMessagesBeforeOneAboveTheLimitAndCloses) {
    RunningServer server(*GetParam().mechanism, settings_for(protocol));
    Conversation conversation = server.converse();
    ask_too_much(conversation, protocol);
    conversation.await_end();
}

TEST_P(EveryServerWithAMessageLimit, ServesOthersAfterAMessageAboveTheLimit) {
    RunningServer server(*GetParam().mechanism, settings_for(protocol));
    Conversation other = server.converse();
    other.ask_and_await("before");
    Conversation conversation = server.converse();
    ask_too_much(conversation, protocol);
    conversation.await_end();
    other.ask("after");
    other.finish();
}

TEST_P(EveryServerWithAMessageLimit, CountsAMessageAboveTheLimit) {
    RunningServer server(*GetParam().mechanism, settings_for(protocol));
    {
        Conversation conversation = server.converse();
        ask_too_much(conversation, protocol);
        conversation.await_end();
    }
    EXPECT_EQ(server.stop_and_end().closed_by(Cause::protocol_error), 1u);
}

TEST_P(EveryServerWithAMessageLimit, ClosesAClientThatKeepsSendingAboveTheLimit) {
    server::Settings settings = settings_for(protocol);
    settings.limits.linger = std::chrono::milliseconds(50);
    RunningServer server(*GetParam().mechanism, settings);
    Conversation conversation = server.converse();
    ask_too_much(conversation, protocol);
    const auto can_send = [&] {
        try {
            conversation.client().send("more");
            return true;
        } catch (const std::system_error&) {
            return false;
        }
    };
    wait_until([&] { return !can_send(); }, "the server closes the connection");
}

}  // namespace
}  // namespace iomux::conformance
