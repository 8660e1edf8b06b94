#include <gtest/gtest.h>

#include <array>
#include <future>
#include <utility>

#include "closed_port.hpp"
#include "load/engine/generator.hpp"
#include "scripted_server.hpp"

namespace iomux::load {
namespace {

using namespace std::chrono_literals;
using testing_support::ClosedPort;
using testing_support::ScriptedServer;
using Reaction = ScriptedServer::Reaction;

constexpr std::size_t connections = 4;

Workload workload_for(const posix::Endpoint& endpoint) {
    return {.endpoint = endpoint,
            .connections = connections,
            .size = 16,
            .warmup = 1ms,
            .duration = 200ms,
            .stall_limit = 5s};
}

// Only for a server that is silent in the end: the run lasts until it has been silent for that long.
Workload with_a_stall(const posix::Endpoint& endpoint, std::chrono::nanoseconds limit = 200ms) {
    Workload workload = workload_for(endpoint);
    workload.stall_limit = limit;
    return workload;
}

Result run(const Workload& workload) {
    const posix::EventFd stop;
    return Generator(workload, stop, {}).run();
}

Result run_against(const ScriptedServer::Script& script) {
    const ScriptedServer server(script);
    return run(workload_for(server.endpoint()));
}

// Only for a server that makes every connection fail: the run ends with the last one.
Result run_to_the_last_error(const ScriptedServer::Script& script) {
    const ScriptedServer server(script);
    Workload workload = workload_for(server.endpoint());
    workload.duration = 1h;
    return run(workload);
}

// Echoes rightly for a while, and then does something else.
ScriptedServer::Script echo_and_then(ScriptedServer::Script something_else) {
    return [something_else, messages = 0](std::size_t connection, std::string_view received) mutable {
        return ++messages <= 20 ? Reaction{std::string(received)} : something_else(connection, received);
    };
}

void expect_error(const Result& result, std::string_view text) {
    EXPECT_GT(result.errors, 0u);
    EXPECT_NE(result.error.find(text), std::string::npos) << result.error;
}

TEST(LoadOfAServerThat, CompletesNoReplyEndsAfterATime) {
    const ScriptedServer server(
        [message = std::string(), sent = std::size_t(0)](std::size_t, std::string_view received) mutable {
            message += received;  // it reads the message in many parts
            return Reaction{message.substr(sent++, 1)};
        });
    Workload workload = workload_for(server.endpoint());
    workload.connections = 1;
    workload.size = 8 * 1024 * 1024;
    workload.longest_first_reply = 10ms;
    expect_error(run(workload), "no reply was complete within 0.01 s, although bytes were sent or received");
}

TEST(LoadOfAServerThat, DoesNotCompleteItsLastRepliesEndsAfterATime) {
    const ScriptedServer server(
        [answered = std::array<bool, connections>{}](std::size_t connection, std::string_view received) mutable {
            const bool is_first = !std::exchange(answered.at(connection), true);
            return Reaction{std::string(is_first ? received : received.substr(0, 1))};
        });
    Workload workload = workload_for(server.endpoint());
    workload.duration = 1ms;
    workload.longest_drain = 10ms;
    const Result result = run(workload);
    EXPECT_EQ(result.error, "");
    EXPECT_EQ(result.unfinished, connections);
}

TEST(LoadOfAServerThat, EchoesHasNoError) {
    const Result result =
        run_against([](std::size_t, std::string_view received) { return Reaction{std::string(received)}; });
    EXPECT_EQ(result.errors, 0u) << result.error;
    EXPECT_GT(result.measured.messages, 0u);
}

TEST(LoadOfAServerThat, AnswersOneWrongByteHasAnErrorEachTime) {
    for (std::size_t at = 0; at < 16; ++at) {
        const Result result = run_to_the_last_error(echo_and_then([at](std::size_t, std::string_view received) {
            Reaction reaction{std::string(received)};
            reaction.reply[at] = '-';
            return reaction;
        }));
        expect_error(result, "wrong reply");
        EXPECT_EQ(result.errors, connections);
    }
}

TEST(LoadOfAServerThat, AnswersTheMessageOfAnotherConnectionHasAnError) {
    expect_error(run_against([last = std::string()](std::size_t, std::string_view received) mutable {
                     return Reaction{std::exchange(last, std::string(received))};
                 }),
                 "wrong reply");
}

TEST(LoadOfAServerThat, AnswersAnOldMessageHasAnError) {
    expect_error(run_to_the_last_error([first = std::array<std::string, connections>()](
                                           std::size_t connection, std::string_view received) mutable {
                     if (first[connection].empty()) first[connection] = received;
                     return Reaction{first[connection]};
                 }),
                 "wrong reply");
}

TEST(LoadOfAServerThat, AnswersOneByteTooManyHasAnError) {
    expect_error(run_to_the_last_error(echo_and_then(
                     [](std::size_t, std::string_view received) { return Reaction{std::string(received) + "x"}; })),
                 "wrong reply");
}

TEST(LoadOfAServerThat, DiesHasAnErrorForEveryConnection) {
    const Result result =
        run_to_the_last_error(echo_and_then([](std::size_t, std::string_view) { return Reaction{.die = true}; }));
    EXPECT_EQ(result.errors, connections);
}

TEST(LoadOfAServerThat, ClosesAConnectionHasAnErrorAndCountsTheOthers) {
    const Result result = run_against(echo_and_then([](std::size_t connection, std::string_view received) {
        return connection == 0 ? Reaction{.hang_up = true} : Reaction{std::string(received)};
    }));
    EXPECT_EQ(result.errors, 1u);
    EXPECT_GT(result.measured.messages, 0u);
}

TEST(LoadOfAServerThat, NeverAnswersHasErrorsAndNoMessages) {
    const ScriptedServer server([](std::size_t, std::string_view) { return Reaction{}; });
    const Result result = run(with_a_stall(server.endpoint()));
    expect_error(result, "stalled: no byte sent or received for 0.2 s");
    EXPECT_EQ(result.measured.messages, 0u);
}

TEST(LoadOfAServerThat, StopsAnsweringHasAnErrorForEveryConnection) {
    const ScriptedServer server(echo_and_then([](std::size_t, std::string_view) { return Reaction{}; }));
    const Result result = run(with_a_stall(server.endpoint(), 1s));
    expect_error(result, "stalled: no byte sent or received");
    EXPECT_EQ(result.errors, connections);
}

TEST(LoadOfAServerThat, OmitsOneReplyHasAnErrorAlthoughTheOthersContinue) {
    const ScriptedServer server(echo_and_then([forgotten = false](std::size_t, std::string_view received) mutable {
        return std::exchange(forgotten, true) ? Reaction{std::string(received)} : Reaction{};
    }));
    // Long enough that the other connections do not stall for that long.
    const Result result = run(with_a_stall(server.endpoint(), 1s));
    EXPECT_EQ(result.errors, 1u);
    expect_error(result, "stalled: no byte sent or received");
}

TEST(LoadOfAServerThat, ClosesAnIdleConnectionHasAnError) {
    // The idle connection comes last.
    const ScriptedServer server([](std::size_t connection, std::string_view received) {
        return Reaction{.reply = std::string(received), .hang_up = connection == connections};
    });
    Workload workload = workload_for(server.endpoint());
    workload.idle = 1;
    const Result result = run(workload);
    expect_error(result, "idle connection 4 to " + server.endpoint().text() + ": the server closed the connection");
    EXPECT_EQ(result.errors, 1u);
}

// Answers the first connections and never the others.
ScriptedServer::Script echo_to_the_first(std::size_t served) {
    return [served](std::size_t connection, std::string_view received) {
        return connection < served ? Reaction{std::string(received)} : Reaction{};
    };
}

Workload impatient(const posix::Endpoint& endpoint) {
    Workload workload = workload_for(endpoint);
    workload.patience = 20ms;
    return workload;
}

TEST(LoadOfAServerThat, ServesOnlySomeCountsTheOthersAsStarved) {
    const ScriptedServer server(echo_to_the_first(connections - 1));
    const Result result = run(impatient(server.endpoint()));
    EXPECT_EQ(result.errors, 0u) << result.error;
    EXPECT_EQ(result.starved, 1u);
    EXPECT_GT(result.measured.messages, 0u);
}

TEST(LoadOfAServerThat, ServesOnlySomeCountsStarvedIdleConnectionsToo) {
    const ScriptedServer server(echo_to_the_first(connections));
    Workload workload = impatient(server.endpoint());
    workload.idle = 3;
    EXPECT_EQ(run(workload).starved, 3u);
}

TEST(LoadOfAServerThat, ServesOnlySomeGetsNoMoreRequestsFromTheOthersThanTheirDepth) {
    const ScriptedServer server(echo_to_the_first(2));
    Workload workload = impatient(server.endpoint());
    workload.depth = 3;
    EXPECT_EQ(run(workload).starved, connections - 2);
}

TEST(LoadOfAServerThat, ServesFewOfManyIsNotWaitedForLong) {
    const ScriptedServer server(echo_to_the_first(1));
    Workload workload = impatient(server.endpoint());
    workload.connections = 300;  // several times as many as are opened at a time
    EXPECT_EQ(run(workload).starved, workload.connections - 1);
}

TEST(LoadOfAServerThat, ServesAConnectionLateHasNoStarvedOne) {
    // The connection is answered only after its second request, which it sends when the load begins.
    const ScriptedServer server(
        [first = std::string(), asked = 0](std::size_t connection, std::string_view received) mutable {
            if (connection < connections - 1 || ++asked > 2) return Reaction{std::string(received)};
            return asked == 1 ? (first = received, Reaction{}) : Reaction{first + std::string(received)};
        });
    Workload workload = impatient(server.endpoint());
    workload.depth = 2;
    const Result result = run(workload);
    EXPECT_EQ(result.starved, 0u);
    EXPECT_EQ(result.errors, 0u) << result.error;
}

TEST(LoadOfAServerThat, ServesAnIdleConnectionLateGetsNoOtherRequestFromIt) {
    std::promise<void> load_begins;
    std::size_t asked = 0;
    const auto echo_to_the_idle_one_late = [&](std::size_t connection, std::string_view received) {
        if (connection == connections && ++asked == 1) load_begins.get_future().wait();
        return Reaction{std::string(received)};
    };
    {
        const ScriptedServer server(echo_to_the_idle_one_late);
        Workload workload = impatient(server.endpoint());
        workload.idle = 1;
        const posix::EventFd stop;
        const Result result = Generator(workload, stop, {[&] { load_begins.set_value(); }, [] {}}).run();
        EXPECT_EQ(result.error, "");
        EXPECT_EQ(result.starved, 0u);
    }
    EXPECT_EQ(asked, 1u);
}

TEST(LoadOfAServerThat, ClosesAConnectionWithoutAReplyHasAnErrorAndNoStarvedOne) {
    const ScriptedServer server([](std::size_t connection, std::string_view received) {
        return Reaction{.reply = std::string(received), .hang_up = connection == connections - 1};
    });
    const Result result = run(impatient(server.endpoint()));
    // The client sees either the end of file or a reset in response to its next request.
    EXPECT_EQ(result.errors, 1u) << result.error;
    EXPECT_EQ(result.starved, 0u);
}

TEST(LoadOfAServerThat, IsNotThereHasAnError) {
    const ClosedPort closed_port = ClosedPort::of_connections();
    const Result result = run(workload_for(closed_port.endpoint()));
    expect_error(result, "Connection refused");
    EXPECT_EQ(result.measured.messages, 0u);
}

}  // namespace
}  // namespace iomux::load
