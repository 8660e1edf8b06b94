// Timeouts. However slow the machine is, a connection must not be closed before its timeout. The tests wait until it is
// closed.
#include <poll.h>

#include "tested.hpp"

namespace iomux::conformance {
namespace {

using protocol::Framing;
using server::Cause;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds timeout{200};
// Longer than the kernel's timers for probing a client's zero window.
constexpr milliseconds longer_timeout{1000};
// Long enough for a fast server to read what was sent, and far shorter than the timeout.
constexpr int a_while = timeout.count() / 4;
// A timeout begins at the last tick of the kernel's coarse clock, which may be this long ago.
constexpr milliseconds tick{10};

// Waits until the server has sent bytes or ended the connection. Returns false if it has not within the time limit.
bool is_ready(Client& client, milliseconds time_limit, short events = POLLIN) {
    pollfd polled{client.fd(), events, 0};
    return posix::uninterrupted([&] { return ::poll(&polled, 1, static_cast<int>(time_limit.count())); }) > 0;
}

// Requests more replies than the kernel and the server buffer, reads none, and waits until the connection is closed.
void leave_replies_unread(const RunningServer& server) {
    Client client = server.connect();
    client.shrink_receive_buffer();
    client.send(std::string(32 * 1024, '\n'));
    // poll(2) always reports POLLERR and POLLHUP.
    if (!is_ready(client, patience, 0)) throw std::runtime_error("timed out before: the server closes the connection");
}

class EveryServerWithTimeouts : public EveryServer {
protected:
    static server::Settings settings_with(milliseconds server::Limits::*limit, protocol::ProtocolConfig protocol) {
        server::Settings settings = settings_for(std::move(protocol));
        settings.limits.*limit = timeout;
        return settings;
    }

    // Calls `act` repeatedly, for longer than the timeout. A failure counts only if the machine was fast enough for the
    // client to be in time. `since`: before the client last did something; then before the last call of `act`.
    template <class Act>
    static void go_on_in_time(Act act, Clock::time_point& since, milliseconds limit = timeout) {
        bool in_time = true;
        for (int i = 0; i < 12; ++i) {
            ::poll(nullptr, 0, static_cast<int>(limit.count()) / 8);
            const Clock::time_point begin = Clock::now();
            const auto acted = [&] {
                in_time = in_time && Clock::now() - since < limit - tick;
                since = begin;
            };
            try {
                act();
                acted();
            } catch (const std::exception& closed) {
                acted();
                if (in_time) throw;
                GTEST_SKIP() << "the machine was too slow to be in time: " << closed.what();
            }
        }
    }

    // Sends the unsent requests, and waits for the answers. A failure counts only if they were sent by that time.
    static void finish_in_time(Conversation& conversation, Clock::time_point by) {
        bool in_time = false;
        try {
            conversation.send_all();
            in_time = Clock::now() < by;
            conversation.await_answers();
        } catch (const std::exception& closed) {
            if (in_time) throw;
            GTEST_SKIP() << "the machine was too slow to be in time: " << closed.what();
        }
    }

    const protocol::ProtocolConfig line{Framing::line};
};
IOMUX_FOR_EVERY_SERVER(EveryServerWithTimeouts);

using server::Limits;

TEST_P(EveryServerWithTimeouts, ClosesAClientThatSendsNothingInTime) {
    RunningServer server(*GetParam(), settings_with(&Limits::idle_timeout, {}));
    const Clock::time_point begin = Clock::now();
    Client client = server.connect();
    EXPECT_EQ(client.receive_all(), "");
    EXPECT_GE(Clock::now() - begin, timeout - tick);
}

TEST_P(EveryServerWithTimeouts, RestartsTheIdleTimeoutAtEachMessage) {
    RunningServer server(*GetParam(), settings_with(&Limits::idle_timeout, {}));
    Conversation conversation = server.converse();
    conversation.ask_and_await("hi");
    ::poll(nullptr, 0, static_cast<int>(timeout.count()) / 2);
    const Clock::time_point begin = Clock::now();
    try {
        conversation.ask_and_await("still here");
    } catch (const std::exception&) {
        GTEST_SKIP() << "the machine was too slow to be in time";
    }
    conversation.await_end();
    EXPECT_GE(Clock::now() - begin, timeout - tick);
}

TEST_P(EveryServerWithTimeouts, CountsAnIdleTimeout) {
    RunningServer server(*GetParam(), settings_with(&Limits::idle_timeout, {}));
    Conversation conversation = server.converse();
    conversation.ask_and_await("hi");
    conversation.await_end();
    EXPECT_EQ(server.stop_and_end().closed_by(Cause::idle_timeout), 1u);
}

TEST_P(EveryServerWithTimeouts, KeepsAClientThatSendsMessagesInTime) {
    RunningServer server(*GetParam(), settings_with(&Limits::idle_timeout, {}));
    Clock::time_point since = Clock::now();
    Conversation conversation = server.converse();
    go_on_in_time([&] { conversation.ask_and_await("hi"); }, since);
}

TEST_P(EveryServerWithTimeouts, AnswersAClientThatHadToWaitLongerThanTheIdleTimeout) {
    server::Settings settings = settings_with(&Limits::idle_timeout, {});
    set_workers(settings, 1);
    RunningServer server(*GetParam(), settings);
    Conversation first = server.converse();
    Clock::time_point since = Clock::now();
    first.ask_and_await("hi");
    const Clock::time_point begin = Clock::now();
    Conversation second = server.converse();
    second.ask("hi");
    second.send_all();
    const bool second_is_in_time = Clock::now() - begin < timeout / 2;
    go_on_in_time([&] { first.ask_and_await("hi"); }, since);
    if (IsSkipped()) return;
    first.client().close();
    if (second_is_in_time)
        second.await_answers();
    else
        GTEST_SKIP() << "the machine was too slow to be in time";
}

// The client may have vanished: the rest of the message never comes.
TEST_P(EveryServerWithTimeouts, ClosesAClientAtTheIdleTimeoutIfItStopsWithinAMessage) {
    RunningServer server(*GetParam(), settings_with(&Limits::idle_timeout, line));
    const Clock::time_point begin = Clock::now();
    Client client = server.connect();
    client.send("half a li");
    EXPECT_EQ(client.receive_all(), "");
    EXPECT_GE(Clock::now() - begin, timeout - tick);
    EXPECT_EQ(server.stop_and_end().closed_by(Cause::idle_timeout), 1u);
}

TEST_P(EveryServerWithTimeouts, ClosesAClientThatSendsAMessageTooSlowly) {
    server::Settings settings = settings_with(&Limits::message_timeout, line);
    settings.limits.idle_timeout = timeout;
    RunningServer server(*GetParam(), settings);
    Client client = server.connect();
    const Clock::time_point begin = Clock::now();
    const auto is_closed_after_one_more_byte = [&] {
        try {
            client.send("x");
            return is_ready(client, timeout / 8);
        } catch (const std::system_error&) {
            return true;
        }
    };
    wait_until(is_closed_after_one_more_byte, "the server closes the connection");
    EXPECT_GE(Clock::now() - begin, timeout - tick);
    EXPECT_EQ(server.stop_and_end().closed_by(Cause::message_timeout), 1u);
}

TEST_P(EveryServerWithTimeouts, WaitsWithoutLimitForTheNextMessageIfThereIsNoIdleTimeout) {
    RunningServer server(*GetParam(), settings_with(&Limits::message_timeout, line));
    Conversation conversation = server.converse();
    conversation.ask_and_await("hi");
    ::poll(nullptr, 0, 2 * static_cast<int>(timeout.count()));
    conversation.ask_and_await("still here");
}

// Each fragment is the end of one message and the beginning of the next.
TEST_P(EveryServerWithTimeouts, RestartsTheMessageTimeoutForEachMessage) {
    RunningServer server(*GetParam(), settings_with(&Limits::message_timeout, line));
    Conversation conversation = server.converse();
    conversation.ask_times(13, 9);
    Clock::time_point since = Clock::now();
    conversation.send_fragment(5);
    go_on_in_time([&] { conversation.send_fragment(10); }, since);
    if (!IsSkipped()) finish_in_time(conversation, since + timeout - tick);
}

TEST_P(EveryServerWithTimeouts, DoesNotCountItsOwnWorkAgainstTheClient) {
    server::Settings settings = settings_with(&Limits::message_timeout, line);
    settings.work = {server::SimulatedWork::By::sleep, timeout + timeout / 2};
    RunningServer server(*GetParam(), settings);
    Conversation conversation = server.converse();
    const Clock::time_point begin = Clock::now();
    conversation.ask_times(1, 9);
    conversation.send_fragment(5);
    ::poll(nullptr, 0, a_while);
    finish_in_time(conversation, begin + timeout);
}

// Four messages, one after the other, each take a loop most of the timeout. The second client sends the beginning of
// its second message together with its first, and the end while the loop is busy with the others.
TEST_P(EveryServerWithTimeouts, AnswersAClientThatWasInTimeWhileTheServerWasBusy) {
    constexpr milliseconds work = timeout - timeout / 4;
    server::Settings settings = settings_with(&Limits::message_timeout, line);
    settings.work = {server::SimulatedWork::By::sleep, work};
    RunningServer server(*GetParam(), settings);
    Conversation first = server.converse();
    Conversation second = server.converse();
    Conversation third = server.converse();
    Conversation fourth = server.converse();
    ::poll(nullptr, 0, a_while);  // until all are accepted
    const auto ask = [](Conversation& one) {
        one.ask_times(1, 9);
        one.send_all();
        ::poll(nullptr, 0, a_while);
    };
    ask(first);
    const Clock::time_point asked = Clock::now();
    second.ask_times(2, 9);
    second.send_fragment(15);
    ::poll(nullptr, 0, static_cast<int>(work.count()));
    ask(third);
    second.await_first_byte();
    ask(fourth);
    // Its timeout begins when the work on its first message has ended, or later.
    finish_in_time(second, asked + work + timeout);
}

TEST_P(EveryServerWithTimeouts, ClosesAClientThatDoesNotReadInTime) {
    RunningServer server(*GetParam(), settings_with(&Limits::write_timeout, amplifying()));
    const Clock::time_point begin = Clock::now();
    leave_replies_unread(server);
    EXPECT_GE(Clock::now() - begin, timeout - tick);
}

TEST_P(EveryServerWithTimeouts, CountsAWriteTimeout) {
    RunningServer server(*GetParam(), settings_with(&Limits::write_timeout, amplifying()));
    leave_replies_unread(server);
    EXPECT_EQ(server.stop_and_end().closed_by(Cause::write_timeout), 1u);
}

TEST_P(EveryServerWithTimeouts, AppliesTheIdleTimeoutToAClientThatDoesNotReadIfThereIsNoWriteTimeout) {
    RunningServer server(*GetParam(), settings_with(&Limits::idle_timeout, amplifying()));
    leave_replies_unread(server);
    EXPECT_EQ(server.stop_and_end().closed_by(Cause::idle_timeout), 1u);
}

// The client reads so slowly that the server's kernel has no room for longer than the timeout.
TEST_P(EveryServerWithTimeouts, KeepsAClientThatReadsSlowly) {
    server::Settings settings = settings_with(&Limits::write_timeout, amplifying());
    settings.limits.write_timeout = longer_timeout;
    RunningServer server(*GetParam(), settings);
    constexpr std::size_t requests = 16 * 1024;
    constexpr std::size_t some = 80 * 1024;
    std::size_t left = requests * amplified_reply;
    Client client = server.connect();
    // A receive buffer smaller than each read, so that the client's kernel must acknowledge data at once.
    client.shrink_receive_buffer();
    Clock::time_point since = Clock::now();
    client.send(std::string(requests, '\n'));
    go_on_in_time([&] { left -= client.receive(some).size(); }, since, longer_timeout);
    if (!IsSkipped()) client.receive(left);
}

TEST_P(EveryServerWithTimeouts, ServesOthersWhileTimeoutsExpire) {
    RunningServer server(*GetParam(), settings_with(&Limits::message_timeout, line));
    Conversation other = server.converse();
    std::deque<Client> slow;
    for (int i = 0; i < 20; ++i) {
        slow.push_back(server.connect());
        slow.back().send("half a li");
    }
    for (Client& client : slow) {
        const auto is_closed_after_another_answer = [&] {
            other.ask_and_await("hi");
            return is_ready(client, milliseconds(0));
        };
        wait_until(is_closed_after_another_answer, "the server closes the connection");
        EXPECT_EQ(client.receive_all(), "");
    }
    other.finish();
}

}  // namespace
}  // namespace iomux::conformance
