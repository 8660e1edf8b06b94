// A listener that was opened by a service manager, and is served by one server after the other.
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "posix/error.hpp"
#include "posix/handed_over.hpp"
#include "posix/socket.hpp"
#include "tested.hpp"

namespace iomux::conformance {
namespace {

using protocol::Framing;
using server::Threads;

server::Settings settings_of(const server::Mechanism& mechanism) {
    server::Settings settings = settings_for({Framing::line});
    settings.handed_over = true;
    const bool has_threads_option = mechanism.threads == Threads::loops || mechanism.threads == Threads::together;
    if (has_threads_option) settings.threads = 2;
    // Enough, and quick to create, because these tests start many servers.
    set_workers(settings, 8);
    return settings;
}

class EveryServerOnAHandedOverListener : public EveryServer {
protected:
    const server::Settings& settings() const { return settings_; }
    const posix::Endpoint& endpoint() const { return endpoint_; }

    RunningServer start() const { return RunningServer(*GetParam(), settings_, sockets()); }
    std::vector<server::Sockets> sockets() const {
        server::Sockets own{posix::UniqueFd(posix::check(::dup(listener_.get()), "dup")), {}, {}};
        return share_sockets(*GetParam(), std::move(own), settings_);
    }

    Conversation converse() const { return Conversation(endpoint_, settings_.protocol); }

    bool blocks() const { return (posix::check(::fcntl(listener_.get(), F_GETFL), "fcntl") & O_NONBLOCK) == 0; }

    void wait_until_all_are_accepted() const {
        const auto backlog_is_empty = [this] {
            pollfd polled{listener_.get(), POLLIN, 0};
            return posix::ready_count(::poll(&polled, 1, 0), "poll") == 0;
        };
        wait_until(backlog_is_empty, "all connections are accepted");
    }

private:
    const posix::UniqueFd listener_ = posix::listen_on(loopback(), 128);
    const posix::Endpoint endpoint_ = posix::Endpoint::local(listener_.get());
    const server::Settings settings_ = settings_of(*GetParam());
};
IOMUX_FOR_EVERY_SERVER(EveryServerOnAHandedOverListener);

TEST_P(EveryServerOnAHandedOverListener, LeavesClientsThatConnectAfterTheStopToTheNextServer) {
    start().stop_and_end();
    Conversation waiting = converse();
    waiting.ask("hi");
    waiting.send_all();
    const RunningServer next = start();
    waiting.await_answers();
}

TEST_P(EveryServerOnAHandedOverListener, AnswersAcceptedClientsThatSendAfterTheStop) {
    RunningServer server = start();
    Conversation told = converse();
    told.ask_and_await("hi");
    Conversation accepted = converse();
    wait_until_all_are_accepted();
    server.stop();
    told.await_end();
    accepted.ask_and_await("hi");
    accepted.await_end();
}

TEST_P(EveryServerOnAHandedOverListener, AnswersAFirstMessageThatWasIncompleteAtTheStop) {
    RunningServer server = start();
    Conversation told = converse();
    told.ask_and_await("hi");
    Conversation asking = converse();
    asking.ask("hi");
    asking.send_fragment(1);
    asking.client().await_receipt();
    wait_until_all_are_accepted();
    server.stop();
    told.await_end();
    asking.await_answers();
    asking.await_end();
}

TEST_P(EveryServerOnAHandedOverListener, DoesNotWaitForAFirstMessageBeyondTheDrainTimeout) {
    server::Settings impatient = settings();
    impatient.limits.drain_timeout = std::chrono::milliseconds(50);
    RunningServer server(*GetParam(), impatient, sockets());
    Conversation silent = converse();
    wait_until_all_are_accepted();
    EXPECT_EQ(server.stop_and_end().closed_by(server::Cause::drained), 1u);
}

TEST_P(EveryServerOnAHandedOverListener, NeverMakesTheListenerBlock) {
    RunningServer server = start();
    converse().ask_and_await("hi");
    EXPECT_FALSE(blocks());
    server.stop_and_end();
    EXPECT_FALSE(blocks());
}

// Clients that connect, send a request, read the reply and disconnect, repeatedly.
class Load {
public:
    Load(const posix::Endpoint& server, const protocol::ProtocolConfig& protocol)
        : server_(server), protocol_(protocol) {
        for (int i = 0; i < 4; ++i) clients_.emplace_back([this](const std::stop_token& stop) { run(stop); });
    }

    void wait_for_more() {
        wait_until([&, goal = served_ + 20] { return served_ >= goal || lost_ > 0; }, "clients are served");
    }

    void end() { clients_.clear(); }
    /// The first error of a client, once ended. Empty if there was none.
    const std::string& failure() const { return failure_; }

private:
    void run(const std::stop_token& stop) {
        try {
            while (!stop.stop_requested()) {
                Conversation conversation(server_, protocol_);
                conversation.ask_and_await("hi");
                conversation.finish();
                ++served_;
            }
        } catch (const std::exception& failure) {
            if (lost_++ == 0) failure_ = failure.what();
        }
    }

    const posix::Endpoint server_;
    const protocol::ProtocolConfig protocol_;
    std::atomic<std::size_t> served_ = 0;
    std::atomic<int> lost_ = 0;
    std::string failure_;
    std::vector<std::jthread> clients_;
};

TEST_P(EveryServerOnAHandedOverListener, LosesNoClientInRestartsUnderLoad) {
    Load load(endpoint(), settings().protocol);
    for (int restarts = 0; restarts < 10; ++restarts) {
        RunningServer server = start();
        load.wait_for_more();
        server.stop_and_end();
    }
    const RunningServer last = start();
    load.end();
    EXPECT_EQ(load.failure(), "");
}

TEST_P(EveryServerOnAHandedOverListener, LosesNoClientIfTheNextServerStartsBeforeTheStop) {
    Load load(endpoint(), settings().protocol);
    const auto started = [this] { return std::make_unique<RunningServer>(*GetParam(), settings(), sockets()); };
    std::unique_ptr<RunningServer> server = started();
    for (int restarts = 0; restarts < 10; ++restarts) {
        load.wait_for_more();
        std::unique_ptr<RunningServer> next = started();
        server->stop_and_end();
        server = std::move(next);
    }
    load.end();
    EXPECT_EQ(load.failure(), "");
}

TEST(VariablesOfHandedOverDescriptors, AreUnsetOnceTakenEvenIfTheyAreForAnotherProcess) {
    for (const pid_t process : {::getpid(), ::getppid()}) {
        ::setenv("LISTEN_PID", std::to_string(process).c_str(), 1);
        ::setenv("LISTEN_FDS", "0", 1);
        ::setenv("LISTEN_FDNAMES", "", 1);
        EXPECT_EQ(posix::take_handed_over().size(), 0u);
        for (const char* variable : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})
            EXPECT_EQ(std::getenv(variable), nullptr) << variable;
    }
}

}  // namespace
}  // namespace iomux::conformance
