#include "client/datagram_conversation.hpp"

#include <gtest/gtest.h>

#include "nobody.hpp"
#include "scripted_datagram_server.hpp"

namespace iomux::client {
namespace {

using namespace std::chrono_literals;
using testing_support::Nobody;
using testing_support::ScriptedDatagramServer;
using Replies = std::vector<ScriptedDatagramServer::Reply>;

// What a conversation with a server prints, and what became of it.
struct Talk {
    std::string out;
    std::string error;
    bool failed;
    std::uint64_t lost;
};

Talk talk(const posix::Endpoint& server, const Script& script, const posix::EventFd& stop = {}) {
    DatagramConversation conversation(3, server, script);
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    conversation.talk(stop);
    std::fflush(stdout);
    return {testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr(), conversation.failed(),
            conversation.lost()};
}

// Nothing that is answered is so slow.
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
    const Talk heard = talk(answer, patient({.count = 2}));
    EXPECT_EQ(heard.out, "3: hi_suffix\n3: hi_suffix\n");
    EXPECT_FALSE(heard.failed);
    EXPECT_EQ(heard.lost, 0u);
}

TEST(DatagramConversation, SendsAnEmptyDatagramToo) {
    EXPECT_EQ(talk(answer, patient({.message = "", .count = 1})).out, "3: _suffix\n");
}

TEST(DatagramConversation, SaysWhatItSentWhereNothingIsAnswered) {
    const Talk heard = talk(silence, {.dialect = {.service = protocol::Service::discard}, .count = 2});
    EXPECT_EQ(heard.out, "3: sent hi\n3: sent hi\n");
    EXPECT_FALSE(heard.failed);
}

TEST(DatagramConversation, FailsAtAWrongReply) {
    const Talk heard = talk(
        [](std::size_t client, std::string_view) {
            return Replies{{client, "ho_suffix"}};
        },
        patient({}));
    EXPECT_TRUE(heard.failed);
    EXPECT_EQ(heard.error, "iomux-client: connection 3: a wrong reply: ho_suffix\n");
}

TEST(DatagramConversation, FailsAtASecondReplyToOneMessage) {
    const auto answer_twice = [](std::size_t client, std::string_view received) {
        return Replies{{client, with_suffix(received)}, {client, with_suffix(received)}};
    };
    // The second may be taken for the reply to the next message: then the one behind it is found.
    const Talk heard = talk(answer_twice, patient({}));
    EXPECT_TRUE(heard.failed);
    EXPECT_NE(heard.error.find("a reply where none is due: hi_suffix"), std::string::npos) << heard.error;
}

TEST(DatagramConversation, FailsAtOnceWhereNobodyIsThere) {
    const Nobody nobody = Nobody::at_datagrams();
    const Talk heard = talk(nobody.endpoint(), patient({.count = 1}));
    EXPECT_TRUE(heard.failed);
    EXPECT_EQ(heard.lost, 0u);
    EXPECT_EQ(heard.error,
              "iomux-client: connection 3: cannot ask " + nobody.endpoint().text() + ": Connection refused\n");
}

TEST(DatagramConversation, FailsWhereNobodyIsThereThoughNothingWouldBeAnswered) {
    const Script script{.dialect = {.service = protocol::Service::discard}, .count = 1};
    const Nobody nobody = Nobody::at_datagrams();
    EXPECT_TRUE(talk(nobody.endpoint(), script).failed);
}

TEST(DatagramConversation, LosesAReplyThatDoesNotComeInTimeAndGoesOn) {
    const auto answer_from_the_second_on = [messages = 0](std::size_t client, std::string_view received) mutable {
        return messages++ == 0 ? Replies() : answer(client, received);
    };
    const Talk heard = talk(answer_from_the_second_on, {.count = 2, .reply_timeout = 500ms});
    EXPECT_EQ(heard.error, "iomux-client: connection 3: no reply within 0.5 s\n");
    EXPECT_EQ(heard.out, "3: hi_suffix\n");
    EXPECT_EQ(heard.lost, 1u);
    EXPECT_FALSE(heard.failed);
}

TEST(DatagramConversation, DoesNotTakeALateReplyForTheNext) {
    const auto answer_both_at_the_second = [messages = 0](std::size_t client, std::string_view) mutable {
        if (messages++ == 0) return Replies();
        return Replies{{0, "a late one"}, {client, "hi_suffix"}};
    };
    const Talk heard = talk(answer_both_at_the_second, {.count = 2, .reply_timeout = 500ms});
    EXPECT_EQ(heard.out, "3: hi_suffix\n");
    EXPECT_FALSE(heard.failed) << heard.error;
}

// Is told to stop as soon as the server has heard of it, and is never answered.
Talk stopped_talk(const Script& script) {
    const posix::EventFd stop;
    const ScriptedDatagramServer server([&](std::size_t, std::string_view) {
        stop.notify();
        return Replies();
    });
    return talk(server.endpoint(), script, stop);
}

TEST(DatagramConversation, EndsWithoutFaultWhereItIsStoppedWhileItWaitsForAReply) {
    const Talk heard = stopped_talk(patient({}));
    EXPECT_FALSE(heard.failed) << heard.error;
    EXPECT_EQ(heard.lost, 0u);
}

TEST(DatagramConversation, EndsWithoutFaultWhereItIsStoppedWhileItRests) {
    const Talk heard = stopped_talk({.dialect = {.service = protocol::Service::discard}, .interval = 24h});
    EXPECT_FALSE(heard.failed) << heard.error;
    EXPECT_EQ(heard.out, "3: sent hi\n");
}

}  // namespace
}  // namespace iomux::client
