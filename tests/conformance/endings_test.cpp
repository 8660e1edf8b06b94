// How a connection comes to its end, and that no other connection notices.
#include <filesystem>

#include "temporary_directory.hpp"
#include "tested.hpp"

namespace iomux::conformance {
namespace {

using server::Cause;

class EveryServerAtAnEnd : public EveryServer {};
IOMUX_FOR_EVERY_SERVER(EveryServerAtAnEnd);

TEST_P(EveryServerAtAnEnd, GivesAllRepliesToAClientThatReadsOnlyAfterItsHalfClose) {
    const protocol::Dialect dialect = amplifying();
    RunningServer server(*GetParam(), settings_for(dialect));
    Conversation conversation = server.converse();
    conversation.ask_times(4096, 0);  // 4 MiB of replies
    conversation.send_all();
    conversation.client().end_sending();
    conversation.await_end();
}

// Read again as soon as possible, the end of file comes while much is unsent.
TEST_P(EveryServerAtAnEnd, GivesWhatIsUnsentToAClientWhoseHalfCloseItHasSeen) {
    const protocol::Dialect dialect = amplifying();
    server::Settings settings = settings_for(dialect);
    settings.limits.low_water = settings.limits.high_water - 1;
    RunningServer server(*GetParam(), settings);
    Conversation conversation = server.converse();
    conversation.client().receive_little_ahead();
    conversation.ask_times(16 * 1024, 0);
    conversation.send_all();
    conversation.client().end_sending();
    conversation.await_end();
}

TEST_P(EveryServerAtAnEnd, SendsEndOfFileToAClientThatSaidNothing) {
    RunningServer server(*GetParam());
    Client client = server.connect();
    client.end_sending();
    EXPECT_EQ(client.receive_all(), "");
}

TEST_P(EveryServerAtAnEnd, AnswersNothingToHalfAMessage) {
    RunningServer server(*GetParam(), settings_for({protocol::Framing::line}));
    Client client = server.connect();
    client.send("half a line");
    client.end_sending();
    EXPECT_EQ(client.receive_all(), "");
}

TEST_P(EveryServerAtAnEnd, CountsAResetOnce) {
    RunningServer server(*GetParam());
    Conversation leaving = server.converse();
    leaving.ask_and_await("hi");
    leaving.client().reset();
    EXPECT_EQ(server.stop_and_end().closed_by(Cause::reset), 1u);
}

TEST_P(EveryServerAtAnEnd, ServesOthersRightWhileManyResetMidStream) {
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

// The client's end of file and then its reset make a write fail with EPIPE, which is where a signal would be raised.
TEST_P(EveryServerAtAnEnd, SurvivesAWriteToAClientThatHasEndedAndReset) {
    const protocol::Dialect dialect = amplifying();
    RunningServer server(*GetParam(), settings_for(dialect));
    Conversation leaving = server.converse();
    leaving.client().receive_little_ahead();
    leaving.ask_times(32 * 1024, 0);
    leaving.send_all();
    leaving.client().end_sending();
    leaving.client().reset();
    server.converse().ask_and_await("hi");
    EXPECT_EQ(server.stop_and_end().closed_by(Cause::reset), 1u);
}

// A Unix socket answers every write to a client that is gone with EPIPE.
TEST_P(EveryServerAtAnEnd, SurvivesAWriteToALocalClientThatIsGone) {
    const TemporaryDirectory directory;
    const protocol::Dialect dialect = amplifying();
    RunningServer server(*GetParam(), settings_for(dialect), posix::Endpoint::unix_path(directory.file("socket")));
    for (int i = 0; i < 20; ++i) {
        Conversation leaving = server.converse();
        leaving.ask_times(2000, 0);
        leaving.send_all();
        leaving.client().close();
    }
    server.converse().ask_and_await("hi");
}

class EverySpeakerWithALimit : public testing::TestWithParam<Speaker> {
protected:
    protocol::Dialect dialect = GetParam().dialect();
    EverySpeakerWithALimit() { dialect.max_message = 1000; }
};
INSTANTIATE_TEST_SUITE_P(Servers, EverySpeakerWithALimit, testing::ValuesIn(every_speaker_with_a_limit()),
                         speaker_name);

// Its requests are followed by a message past the limit.
void ask_too_much(Conversation& conversation, const protocol::Dialect& dialect) {
    conversation.ask_times(3, 100);
    conversation.send_all();
    std::vector<std::byte> too_long;
    append_request(dialect, protocol::as_bytes(message(dialect.max_message + 2000)), too_long);
    conversation.client().send(protocol::as_text(too_long));
}

TEST_P(EverySpeakerWithALimit, AnswersWhatIsDueBeforeAMessagePastTheLimitAndEnds) {
    RunningServer server(*GetParam().mechanism, settings_for(dialect));
    Conversation conversation = server.converse();
    ask_too_much(conversation, dialect);
    conversation.await_end();
}

TEST_P(EverySpeakerWithALimit, ServesOthersAfterAMessagePastTheLimit) {
    RunningServer server(*GetParam().mechanism, settings_for(dialect));
    Conversation other = server.converse();
    other.ask_and_await("before");
    Conversation conversation = server.converse();
    ask_too_much(conversation, dialect);
    conversation.await_end();
    other.ask("after");
    other.finish();
}

TEST_P(EverySpeakerWithALimit, CountsAMessagePastTheLimit) {
    RunningServer server(*GetParam().mechanism, settings_for(dialect));
    {
        Conversation conversation = server.converse();
        ask_too_much(conversation, dialect);
        conversation.await_end();
    }
    EXPECT_EQ(server.stop_and_end().closed_by(Cause::protocol_error), 1u);
}

TEST_P(EverySpeakerWithALimit, EndsAClientThatGoesOnSendingPastTheLimit) {
    server::Settings settings = settings_for(dialect);
    settings.limits.linger = std::chrono::milliseconds(50);
    RunningServer server(*GetParam().mechanism, settings);
    Conversation conversation = server.converse();
    ask_too_much(conversation, dialect);
    const auto goes_on = [&] {
        try {
            conversation.client().send("more");
            return true;
        } catch (const std::system_error&) {
            return false;
        }
    };
    wait_until([&] { return !goes_on(); }, "the server closes");
}

}  // namespace
}  // namespace iomux::conformance
