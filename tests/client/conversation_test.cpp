#include "client/conversation.hpp"

#include <gtest/gtest.h>

#include <future>

#include "posix/socket.hpp"
#include "scripted_server.hpp"

namespace iomux::client {
namespace {

using namespace std::chrono_literals;
using testing_support::ScriptedServer;
using Reaction = ScriptedServer::Reaction;

// The output of a conversation with a server, and whether it failed.
struct Talk {
    std::string out;
    std::string error;
    bool failed;
};

Talk talk(const Script& script, const ScriptedServer::Script& server_script, std::stop_token stop = {}) {
    const ScriptedServer server(server_script);
    AgreementHint hint(script.protocol, false);
    Conversation conversation(3, posix::connect_to(server.endpoint(), posix::Blocking::yes), script, hint);
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    conversation.talk(std::move(stop));
    conversation.finish();
    std::fflush(stdout);
    return {testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr(), conversation.failed()};
}

constexpr const char* suffix_hint =
    "iomux-client: if the server has another --service, --suffix or --framing, start it with --service suffix --suffix "
    "_suffix --framing chunk, or give iomux-client the server's options (its defaults are --service suffix --suffix "
    "_suffix --framing chunk)\n";

Reaction with_suffix(std::size_t, std::string_view received) { return {std::string(received) + "_suffix"}; }

TEST(Conversation, PrintsEveryReplyWithItsNumber) {
    const Talk outcome = talk({.count = 2}, with_suffix);
    EXPECT_EQ(outcome.out, "3: hi_suffix\n3: hi_suffix\n");
    EXPECT_FALSE(outcome.failed);
}

TEST(Conversation, PrintsTheReplyWithoutItsFrame) {
    const Script script{.protocol = {protocol::Framing::length, protocol::Service::echo}, .count = 1};
    EXPECT_EQ(talk(script, [](std::size_t, std::string_view all) { return Reaction{std::string(all)}; }).out,
              "3: hi\n");
}

TEST(Conversation, PrintsWhatItSentWithServiceDiscard) {
    const Script script{.protocol = {.service = protocol::Service::discard}, .count = 2};
    const Talk outcome = talk(script, [](std::size_t, std::string_view) { return Reaction{}; });
    EXPECT_EQ(outcome.out, "3: sent hi\n3: sent hi\n");
    EXPECT_FALSE(outcome.failed);
}

TEST(Conversation, FailsAtAWrongReply) {
    const Talk outcome = talk({}, [](std::size_t, std::string_view) { return Reaction{"ho_suffix"}; });
    EXPECT_TRUE(outcome.failed);
    EXPECT_EQ(outcome.error, std::string("iomux-client: connection 3: wrong reply: ho_suffix\n") + suffix_hint);
}

TEST(Conversation, FailsAtAnUnexpectedReply) {
    const Script script{.protocol = {.service = protocol::Service::discard}, .count = 1};
    EXPECT_TRUE(talk(script, with_suffix).failed);
}

TEST(Conversation, FailsIfTheServerClosesTheConnection) {
    const Talk outcome = talk({}, [](std::size_t, std::string_view) { return Reaction{.hang_up = true}; });
    EXPECT_TRUE(outcome.failed);
    EXPECT_EQ(outcome.error,
              std::string("iomux-client: connection 3: the server closed the connection\n") + suffix_hint);
}

TEST(Conversation, SucceedsIfItIsStoppedWhileItWaitsForAReply) {
    std::stop_source stop;
    const auto stop_and_stay_silent = [&](std::size_t, std::string_view) {
        stop.request_stop();
        return Reaction{};
    };
    const Talk outcome = talk({}, stop_and_stay_silent, stop.get_token());
    EXPECT_FALSE(outcome.failed) << outcome.error;
}

TEST(Conversation, SucceedsIfItIsStoppedDuringAPause) {
    std::stop_source stop;
    const auto answer_and_stop = [&](std::size_t connection, std::string_view received) {
        stop.request_stop();
        return with_suffix(connection, received);
    };
    const Talk outcome = talk({.interval = 24h}, answer_and_stop, stop.get_token());
    EXPECT_FALSE(outcome.failed) << outcome.error;
    EXPECT_EQ(outcome.out, "3: hi_suffix\n");
}

}  // namespace
}  // namespace iomux::client
