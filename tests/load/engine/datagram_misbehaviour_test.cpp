#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <utility>

#include "closed_port.hpp"
#include "load/engine/datagram_generator.hpp"
#include "scripted_datagram_server.hpp"

namespace iomux::load {
namespace {

using namespace std::chrono_literals;
using testing_support::ClosedPort;
using testing_support::ScriptedDatagramServer;
using Replies = std::vector<ScriptedDatagramServer::Reply>;

constexpr std::size_t connections = 4;

Workload workload_for(const posix::Endpoint& endpoint) {
    return {.endpoint = endpoint,
            .transport = Transport::datagrams,
            .connections = connections,
            .size = 16,
            .warmup = 0ms,
            .duration = 200ms,
            .lost_after = 50ms};
}

Workload with_one_connection(const posix::Endpoint& endpoint) {
    Workload workload = workload_for(endpoint);
    workload.connections = 1;
    return workload;
}

// Only for a server that answers every datagram: the run ends with the last reply.
Workload patient(Workload workload) {
    workload.lost_after = 30s;
    return workload;
}

Result run(const Workload& workload, WindowMarks marks = {}) {
    const posix::EventFd stop;
    return DatagramGenerator(workload, stop, std::move(marks)).run();
}

Result run_against(const ScriptedDatagramServer::Script& script) {
    const ScriptedDatagramServer server(script);
    return run(patient(workload_for(server.endpoint())));
}

// Only for a server that makes every connection fail: the run ends with the last one.
Result run_to_the_last_error(const ScriptedDatagramServer::Script& script, std::size_t size = 16) {
    const ScriptedDatagramServer server(script);
    Workload workload = patient(workload_for(server.endpoint()));
    workload.size = size;
    workload.duration = 1h;
    return run(workload);
}

Replies echo(std::size_t client, std::string_view received) { return {{client, std::string(received)}}; }

// Echoes correctly at first, and then does something else.
ScriptedDatagramServer::Script echo_and_then(ScriptedDatagramServer::Script something_else) {
    return [something_else, messages = 0](std::size_t client, std::string_view received) mutable {
        return ++messages <= 10 ? echo(client, received) : something_else(client, received);
    };
}

void expect_error(const Result& result, std::string_view text) {
    EXPECT_GT(result.errors, 0u);
    EXPECT_NE(result.error.find(text), std::string::npos) << result.error;
}

TEST(DatagramsToAServerThat, EchoesAreAnswered) {
    const Result result = run_against(echo);
    EXPECT_EQ(result.errors, 0u) << result.error;
    EXPECT_GT(result.measured.messages, 0u);
    EXPECT_EQ(result.measured.datagrams.lost, 0u);
    EXPECT_EQ(result.measured.datagrams.late, 0u);
}

TEST(DatagramsToAServerThat, DropsEveryTenthAreCountedAsLostButAreNoError) {
    const ScriptedDatagramServer server([messages = 0](std::size_t client, std::string_view received) mutable {
        return ++messages % 10 == 0 ? Replies() : echo(client, received);
    });
    const Result result = run(workload_for(server.endpoint()));
    EXPECT_EQ(result.errors, 0u) << result.error;
    EXPECT_GT(result.measured.datagrams.lost, 0u);
    EXPECT_GT(result.measured.messages, result.measured.datagrams.lost);
}

TEST(DatagramsToAServerThat, NeverAnswersOneClientContinueForTheOthers) {
    const ScriptedDatagramServer server(
        [](std::size_t client, std::string_view received) { return client == 0 ? Replies() : echo(client, received); });
    const Result result = run(workload_for(server.endpoint()));
    EXPECT_EQ(result.errors, 0u) << result.error;
    EXPECT_GT(result.measured.datagrams.lost, 1u);
    EXPECT_GT(result.measured.messages, 0u);
}

TEST(DatagramsToAServerThat, StopsAnsweringAreLostFromThenOn) {
    std::atomic<bool> measuring = false;
    const ScriptedDatagramServer server([&, messages = 0](std::size_t client, std::string_view received) mutable {
        return measuring && ++messages > 10 ? Replies() : echo(client, received);
    });
    const Result result = run(workload_for(server.endpoint()), {[&] { measuring = true; }, [] {}});
    EXPECT_EQ(result.errors, 0u) << result.error;
    EXPECT_GT(result.measured.messages, 0u);
    EXPECT_GT(result.measured.datagrams.lost, 0u);
}

TEST(DatagramsToAServerThat, StopsAnsweringBeforeTheMeasurementAreAnError) {
    const ScriptedDatagramServer server([messages = 0](std::size_t client, std::string_view received) mutable {
        return ++messages > 1 ? Replies() : echo(client, received);
    });
    Workload workload = with_one_connection(server.endpoint());
    // The server answers once during the warm-up.
    workload.warmup = 500ms;
    expect_error(run(workload), " datagrams was answered within ");
}

// The server answers a request only when the previous one is already lost.
TEST(DatagramsToAServerThat, AnswersThemLateAreLostAndTheirRepliesLate) {
    const ScriptedDatagramServer server(
        [former = std::string()](std::size_t client, std::string_view received) mutable {
            const std::string late = std::exchange(former, std::string(received));
            return late.empty() ? Replies() : Replies{{client, late}};
        });
    const Result result = run(with_one_connection(server.endpoint()));
    EXPECT_GT(result.measured.datagrams.late, 0u);
    EXPECT_GE(result.measured.datagrams.lost, result.measured.datagrams.late);
    EXPECT_EQ(result.measured.messages, 0u);
    expect_error(result, " datagrams was answered within ");
    EXPECT_EQ(result.errors, 1u);
}

TEST(DatagramsToAServerThat, AnswersOneLateAndTheNextInTimeAreOneLostAndOneAnswered) {
    const ScriptedDatagramServer server(
        [former = std::string()](std::size_t client, std::string_view received) mutable {
            if (former.empty()) {
                former = received;
                return Replies();
            }
            return Replies{{client, std::exchange(former, "")}, {client, std::string(received)}};
        });
    const Result result = run(with_one_connection(server.endpoint()));
    EXPECT_EQ(result.errors, 0u) << result.error;
    EXPECT_GT(result.measured.datagrams.late, 0u);
    EXPECT_GT(result.measured.messages, 0u);
    EXPECT_EQ(result.measured.latency.count(), result.measured.messages);
}

TEST(DatagramsToAServerThat, AnswersTwiceAreAnsweredOnceAndTheSecondRepliesLate) {
    const Result result = run_against([](std::size_t client, std::string_view received) {
        return Replies{{client, std::string(received)}, {client, std::string(received)}};
    });
    EXPECT_EQ(result.errors, 0u) << result.error;
    EXPECT_GT(result.measured.datagrams.late, 0u);
    EXPECT_LE(result.measured.messages, result.measured.datagrams.sent + connections);
}

TEST(DatagramsToAServerThat, AnswersInAnotherOrderAreAllAnswered) {
    const ScriptedDatagramServer server(
        [former = std::string()](std::size_t client, std::string_view received) mutable {
            if (former.empty()) {
                former = received;
                return Replies();
            }
            return Replies{{client, std::string(received)}, {client, std::exchange(former, "")}};
        });
    Workload workload = workload_for(server.endpoint());
    workload.connections = 1;
    workload.depth = 2;
    const Result result = run(workload);
    EXPECT_EQ(result.errors, 0u) << result.error;
    EXPECT_GT(result.measured.messages, 0u);
}

TEST(DatagramsToAServerThat, AnswersOneWrongByteAreAnErrorEachTime) {
    for (std::size_t at = 0; at < 16; ++at) {
        const Result result = run_to_the_last_error(echo_and_then([at](std::size_t client, std::string_view received) {
            std::string reply(received);
            reply[at] = static_cast<char>(~reply[at]);
            return Replies{{client, reply}};
        }));
        expect_error(result, "wrong reply");
        EXPECT_EQ(result.errors, connections);
    }
}

TEST(DatagramsToAServerThat, AnswersOneByteTooManyAreAnError) {
    expect_error(run_to_the_last_error(echo_and_then([](std::size_t client, std::string_view received) {
                     return Replies{{client, std::string(received) + "x"}};
                 })),
                 "wrong reply");
}

TEST(DatagramsToAServerThat, AnswersOneByteTooFewAreAnError) {
    expect_error(run_to_the_last_error(echo_and_then([](std::size_t client, std::string_view received) {
                     return Replies{{client, std::string(received.substr(1))}};
                 })),
                 "wrong reply");
}

TEST(DatagramsToAServerThat, SendsTheReplyOfAnotherClientAreAnErrorEvenWithoutText) {
    const Result result = run_to_the_last_error(
        [others = std::vector<std::string>(connections)](std::size_t client, std::string_view received) mutable {
            others[client] = received;
            const std::string& other = others[client ^ 1];
            return Replies{{client, other.empty() ? std::string(received) : other}};
        },
        NumberedMessages::shortest);
    expect_error(result, "wrong reply");
}

TEST(DatagramsToAServerThat, AnswersDespiteServiceDiscardAreAnError) {
    const ScriptedDatagramServer server(echo);
    Workload workload = workload_for(server.endpoint());
    workload.protocol.service = protocol::Service::discard;
    expect_error(run(workload), "wrong reply for service discard");
}

TEST(DatagramsToAServerThat, NeverAnswersAreOneError) {
    const ScriptedDatagramServer server([](std::size_t, std::string_view) { return Replies(); });
    const Result result = run(workload_for(server.endpoint()));
    expect_error(result, server.endpoint().text() + ": none of ");
    EXPECT_EQ(result.errors, 1u);
}

TEST(DatagramsToAServerThat, IsNotThereAreAnErrorForEveryConnection) {
    const ClosedPort closed_port = ClosedPort::of_datagrams();
    const Result result = run(patient(workload_for(closed_port.endpoint())));
    expect_error(result, "connection 0 to " + closed_port.endpoint().text() + ": Connection refused");
    EXPECT_EQ(result.errors, connections);
}

TEST(DatagramsToAServerThat, IsNotThereAreAnErrorEvenWithServiceDiscard) {
    const ClosedPort closed_port = ClosedPort::of_datagrams();
    Workload workload = workload_for(closed_port.endpoint());
    workload.protocol.service = protocol::Service::discard;
    EXPECT_EQ(run(workload).errors, connections);
}

TEST(DatagramsToAServerThat, EndsAreAnErrorForEveryConnection) {
    std::optional<ScriptedDatagramServer> server(echo);
    const Workload workload = workload_for(server->endpoint());
    EXPECT_EQ(run(workload, {[&] { server.reset(); }, [] {}}).errors, connections);
}

}  // namespace
}  // namespace iomux::load
