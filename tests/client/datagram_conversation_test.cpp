#include "client/datagram_conversation.hpp"

#include <gtest/gtest.h>

#include "closed_port.hpp"
#include "scripted_datagram_server.hpp"

namespace iomux::client {
namespace {

using namespace std::chrono_literals;
using testing_support::ClosedPort;
using testing_support::ScriptedDatagramServer;
using Replies = std::vector<ScriptedDatagramServer::Reply>;

// The output of a conversation with a server, and its result.
struct Talk {
    std::string out;
    std::string error;
    bool failed;
    std::uint64_t lost;
};

Talk talk(const posix::Endpoint& server, const Script& script, const posix::EventFd& stop = {}) {
    AgreementHint hint(script.protocol, true);
    DatagramConversation conversation(3, server, script, hint);
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    conversation.talk(stop);
    std::fflush(stdout);
    return {testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr(), conversation.failed(),
            conversation.lost()};
}

constexpr const char* suffix_hint =
    "iomux-client: if the server has another --service or --suffix, start it with --service suffix --suffix _suffix, "
    "or give iomux-client the server's options (its defaults are --service suffix --suffix _suffix)\n";

// Longer than any reply takes.
Script patient(Script script) {
    script.reply_timeout = 1min;
    return script;
}

Talk talk(const ScriptedDatagramServer::Script& server_script, const Script& script) {
    const ScriptedDatagramServer server(server_script);
    return talk(server.endpoint(), script);
}

std::string with_suffix(std::string_view received) { return std::string(received) + "_suffix"; }

Replies answer(std::size_t client, std::string_view received) { return {{client, with_suffix(received)}}; }

Replies silence(std::size_t, std::string_view) { return {}; }

TEST(DatagramConversation, PrintsEveryReplyWithItsNumber) {
    const Talk outcome = talk(answer, patient({.count = 2}));
    EXPECT_EQ(outcome.out, "3: hi_suffix\n3: hi_suffix\n");
    EXPECT_FALSE(outcome.failed);
    EXPECT_EQ(outcome.lost, 0u);
}

TEST(DatagramConversation, SendsAnEmptyDatagramToo) {
    EXPECT_EQ(talk(answer, patient({.message = "", .count = 1})).out, "3: _suffix\n");
}

TEST(DatagramConversation, PrintsWhatItSentWithServiceDiscard) {
    const Talk outcome = talk(silence, {.protocol = {.service = protocol::Service::discard}, .count = 2});
    EXPECT_EQ(outcome.out, "3: sent hi\n3: sent hi\n");
    EXPECT_FALSE(outcome.failed);
}

TEST(DatagramConversation, FailsAtAWrongReply) {
    const Talk outcome = talk(
        [](std::size_t client, std::string_view) {
            return Replies{{client, "ho_suffix"}};
        },
        patient({}));
    EXPECT_TRUE(outcome.failed);
    EXPECT_EQ(outcome.error, std::string("iomux-client: connection 3: wrong reply: ho_suffix\n") + suffix_hint);
}

TEST(DatagramConversation, FailsAtASecondReplyToOneMessage) {
    const auto answer_twice = [](std::size_t client, std::string_view received) {
        return Replies{{client, with_suffix(received)}, {client, with_suffix(received)}};
    };
    // The second reply may be taken as the reply to the next message. Then the reply after it is unexpected.
    const Talk outcome = talk(answer_twice, patient({}));
    EXPECT_TRUE(outcome.failed);
    EXPECT_NE(outcome.error.find("unexpected reply: hi_suffix"), std::string::npos) << outcome.error;
}

TEST(DatagramConversation, FailsAtOnceIfNoSocketIsBoundThere) {
    const ClosedPort closed_port = ClosedPort::of_datagrams();
    const Talk outcome = talk(closed_port.endpoint(), patient({.count = 1}));
    EXPECT_TRUE(outcome.failed);
    EXPECT_EQ(outcome.lost, 0u);
    EXPECT_EQ(outcome.error,
              "iomux-client: connection 3: cannot exchange datagrams with " + closed_port.endpoint().text() +
                  ": Connection refused; start a server there first: ./iomux run iomux-raw epoll --port " +
                  std::to_string(closed_port.endpoint().port()) + " --service suffix --udp\n");
}

TEST(DatagramConversation, FailsIfNoSocketIsBoundThereEvenWithServiceDiscard) {
    const Script script{.protocol = {.service = protocol::Service::discard}, .count = 1};
    const ClosedPort closed_port = ClosedPort::of_datagrams();
    EXPECT_TRUE(talk(closed_port.endpoint(), script).failed);
}

TEST(DatagramConversation, ContinuesAfterALostReply) {
    const auto answer_from_the_second_on = [messages = 0](std::size_t client, std::string_view received) mutable {
        return messages++ == 0 ? Replies() : answer(client, received);
    };
    const Talk outcome = talk(answer_from_the_second_on, {.count = 2, .reply_timeout = 500ms});
    EXPECT_EQ(outcome.error, std::string("iomux-client: connection 3: no reply within 0.5 s\n") + suffix_hint);
    EXPECT_EQ(outcome.out, "3: hi_suffix\n");
    EXPECT_EQ(outcome.lost, 1u);
    EXPECT_FALSE(outcome.failed);
}

TEST(DatagramConversation, DoesNotMistakeALateReplyForTheNextOne) {
    const auto answer_both_at_the_second = [messages = 0](std::size_t client, std::string_view) mutable {
        if (messages++ == 0) return Replies();
        return Replies{{0, "a late one"}, {client, "hi_suffix"}};
    };
    const Talk outcome = talk(answer_both_at_the_second, {.count = 2, .reply_timeout = 500ms});
    EXPECT_EQ(outcome.out, "3: hi_suffix\n");
    EXPECT_FALSE(outcome.failed) << outcome.error;
}

// It is stopped as soon as the server has received its message, and never gets a reply.
Talk stopped_talk(const Script& script) {
    const posix::EventFd stop;
    const ScriptedDatagramServer server([&](std::size_t, std::string_view) {
        stop.notify();
        return Replies();
    });
    return talk(server.endpoint(), script, stop);
}

TEST(DatagramConversation, SucceedsIfItIsStoppedWhileItWaitsForAReply) {
    const Talk outcome = stopped_talk(patient({}));
    EXPECT_FALSE(outcome.failed) << outcome.error;
    EXPECT_EQ(outcome.lost, 0u);
}

TEST(DatagramConversation, SucceedsIfItIsStoppedDuringAPause) {
    const Talk outcome = stopped_talk({.protocol = {.service = protocol::Service::discard}, .interval = 24h});
    EXPECT_FALSE(outcome.failed) << outcome.error;
    EXPECT_EQ(outcome.out, "3: sent hi\n");
}

}  // namespace
}  // namespace iomux::client
