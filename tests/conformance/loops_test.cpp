// Several threads that serve one address behave like one.
#include <algorithm>
#include <numeric>

#include "server/loop_group.hpp"
#include "tested.hpp"

namespace iomux::conformance {
namespace {

using server::Accepting;
using server::Mechanism;
using server::Threads;

std::vector<const Mechanism*> every_threaded_server() {
    std::vector<const Mechanism*> all = every_guarded_server();
    std::erase_if(all, [](const Mechanism* mechanism) {
        return mechanism->threads != Threads::loops && mechanism->threads != Threads::together;
    });
    return all;
}

// Every server to which --accept applies.
std::vector<const Mechanism*> every_server_with_loops() {
    std::vector<const Mechanism*> all = every_threaded_server();
    std::erase_if(all, [](const Mechanism* mechanism) {
        return mechanism->threads != Threads::loops || mechanism->accepting.has_value();
    });
    return all;
}

server::Settings with_two_threads(Accepting accepting = Accepting::reuseport) {
    server::Settings settings = settings_for({protocol::Framing::line});
    settings.threads = 2;
    settings.accepting = accepting;
    return settings;
}

std::deque<Conversation> converse(const RunningServer& server, std::size_t clients) {
    std::deque<Conversation> conversations;
    for (std::size_t i = 0; i < clients; ++i) {
        conversations.push_back(server.converse());
        conversations.back().ask_and_await(message(100, static_cast<unsigned>(i)));
    }
    return conversations;
}

std::uint64_t sum(const std::vector<std::uint64_t>& numbers) {
    return std::accumulate(numbers.begin(), numbers.end(), std::uint64_t{0});
}

class EveryServerWithTwoThreads : public EveryServer {};
INSTANTIATE_TEST_SUITE_P(Servers, EveryServerWithTwoThreads, testing::ValuesIn(every_threaded_server()), server_name);

class EveryServerWithTwoLoops : public EveryServer {};
INSTANTIATE_TEST_SUITE_P(Servers, EveryServerWithTwoLoops, testing::ValuesIn(every_server_with_loops()), server_name);

TEST_P(EveryServerWithTwoThreads, AnswersEveryClient) {
    RunningServer server(*GetParam(), with_two_threads());
    std::deque<Conversation> conversations = converse(server, 50);
    for (int round = 0; round < 10; ++round)
        for (Conversation& conversation : conversations) conversation.ask_and_await(message(2000));
    for (Conversation& conversation : conversations) conversation.finish();
    const server::Counters& counters = server.stop_and_end();
    EXPECT_EQ(counters.messages, 50u * 11);
    EXPECT_EQ(counters.accepted_by_thread.size(), 2u);
    EXPECT_EQ(sum(counters.accepted_by_thread), 50u);
}

TEST_P(EveryServerWithTwoThreads, SharesOneConnectionLimit) {
    server::Settings settings = with_two_threads();
    settings.limits.max_connections = 5;
    RunningServer server(*GetParam(), settings);
    std::deque<Conversation> conversations = converse(server, 5);
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(server.connect().is_refused());
    for (Conversation& conversation : conversations) conversation.ask_and_await("still here");
}

TEST_P(EveryServerWithTwoThreads, DrainsAllThreads) {
    RunningServer server(*GetParam(), with_two_threads());
    std::deque<Conversation> conversations = converse(server, 20);
    server.stop();
    for (Conversation& conversation : conversations) conversation.await_end();
    EXPECT_EQ(server.ended().closed_by(server::Cause::drained), 20u);
}

TEST_P(EveryServerWithTwoLoops, DistributesClientsWithinAFactorOfTwo) {
    RunningServer server(*GetParam(), with_two_threads());
    for (unsigned i = 0; i < 1000; ++i) {
        Conversation conversation = server.converse();
        conversation.ask_and_await("hi");
        conversation.finish();
    }
    const std::vector<std::uint64_t> accepted = server.stop_and_end().accepted_by_thread;
    ASSERT_EQ(accepted.size(), 2u);
    EXPECT_EQ(sum(accepted), 1000u);
    EXPECT_LE(std::ranges::max(accepted), 2 * std::ranges::min(accepted));
}

TEST_P(EveryServerWithTwoLoops, ServesFromASharedListener) {
    RunningServer server(*GetParam(), with_two_threads(Accepting::shared));
    std::deque<Conversation> conversations = converse(server, 50);
    for (Conversation& conversation : conversations) conversation.finish();
    EXPECT_EQ(sum(server.stop_and_end().accepted_by_thread), 50u);
}

std::vector<const Mechanism*> every_server_with_contexts() {
    std::vector<const Mechanism*> all = every_guarded_server();
    std::erase_if(all, [](const Mechanism* mechanism) { return find_option(*mechanism, "contexts") == nullptr; });
    return all;
}

server::Settings with_a_shared_context(const Mechanism& mechanism, Accepting accepting = Accepting::reuseport) {
    server::Settings settings = with_two_threads(accepting);
    find_option(mechanism, "contexts")->set(settings.own, "shared");
    return settings;
}

class EveryServerOnASharedContext : public EveryServer {};
INSTANTIATE_TEST_SUITE_P(Servers, EveryServerOnASharedContext, testing::ValuesIn(every_server_with_contexts()),
                         server_name);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(EveryServerOnASharedContext);

TEST_P(EveryServerOnASharedContext, AnswersEveryClient) {
    for (const Accepting accepting : {Accepting::reuseport, Accepting::shared}) {
        RunningServer server(*GetParam(), with_a_shared_context(*GetParam(), accepting));
        std::deque<Conversation> conversations = converse(server, 50);
        for (int round = 0; round < 10; ++round) {
            for (Conversation& conversation : conversations) {
                conversation.ask_times(3, 2000);
                conversation.send_all();
            }
            for (Conversation& conversation : conversations) conversation.await_answers();
        }
        for (Conversation& conversation : conversations) conversation.finish();
        const server::Counters& counters = server.stop_and_end();
        EXPECT_EQ(counters.messages, 50u * 31);
        EXPECT_EQ(sum(counters.accepted_by_thread), 50u);
    }
}

TEST_P(EveryServerOnASharedContext, DrainsAllStrands) {
    RunningServer server(*GetParam(), with_a_shared_context(*GetParam()));
    std::deque<Conversation> conversations = converse(server, 20);
    server.stop();
    for (Conversation& conversation : conversations) conversation.await_end();
    EXPECT_EQ(server.ended().closed_by(server::Cause::drained), 20u);
}

TEST_P(EveryServerOnASharedContext, EndsAtTheDrainTimeout) {
    server::Settings settings = with_a_shared_context(*GetParam());
    settings.protocol = amplifying();
    settings.limits.drain_timeout = std::chrono::milliseconds(100);
    RunningServer server(*GetParam(), settings);
    std::deque<Conversation> unread;
    for (int i = 0; i < 10; ++i) {
        unread.push_back(server.converse());
        unread.back().client().shrink_receive_buffer();
        unread.back().ask_times(16 * 1024, 0);
        unread.back().send_all();
        unread.back().await_first_byte();
    }
    EXPECT_EQ(server.stop_and_end().accepted, 10u);
}

// Two loops, one of which fails while the other serves.
class Failing final : public server::Server {
public:
    using Server::Server;
    void run() override { throw std::runtime_error("a loop is broken"); }
};

class Waiting final : public server::Server {
public:
    using Server::Server;
    void run() override { stop_.wait(); }
};

TEST(LoopGroup, ThrowsItsFirstFailureAndLeavesNoThreadBehind) {
    const server::Settings settings = settings_for({});
    std::vector<std::unique_ptr<server::Server>> loops;
    loops.push_back(std::make_unique<Waiting>(settings));
    loops.push_back(std::make_unique<Failing>(settings));
    server::LoopGroup group(std::move(loops), settings);
    try {
        group.run();
        FAIL() << "the failure is lost";
    } catch (const std::runtime_error& failure) {
        EXPECT_STREQ(failure.what(), "a loop is broken");
    }
}

}  // namespace
}  // namespace iomux::conformance
