// Clients have their time, and no more. However slow the machine is, they are not closed before it is over; that they
// are closed is what the tests wait for.
#include <poll.h>

#include "tested.hpp"

namespace iomux::conformance {
namespace {

using protocol::Framing;
using server::Cause;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds timeout{200};
// Longer than the kernel's own timers, by which it asks a client whose window was small whether there is room again.
constexpr milliseconds longer_timeout{1000};
// Long enough for a server that is fast to see what was sent, and far less than the limit.
constexpr int a_while = timeout.count() / 4;
// A time begins at a tick of the kernel's coarse clock, which may be as long ago.
constexpr milliseconds tick{10};

// Waits for so long, or until the server has sent something, or ended the connection.
bool is_ready(Client& client, milliseconds how_long, short events = POLLIN) {
    pollfd polled{client.fd(), events, 0};
    return posix::uninterrupted([&] { return ::poll(&polled, 1, static_cast<int>(how_long.count())); }) > 0;
}

// Asks for more than anybody keeps for it, reads nothing, and waits until the connection is gone.
void leave_replies_unread(const RunningServer& server) {
    Client client = server.connect();
    client.receive_little_ahead();
    client.send(std::string(32 * 1024, '\n'));
    // POLLERR and POLLHUP are always told.
    if (!is_ready(client, patience, 0)) throw std::runtime_error("in vain: the server closes");
}

class EveryServerWithTimeouts : public EveryServer {
protected:
    static server::Settings settings_with(milliseconds server::Limits::*limit, protocol::Dialect dialect) {
        server::Settings settings = settings_for(std::move(dialect));
        settings.limits.*limit = timeout;
        return settings;
    }

    // Acts every so often, for longer than the limit. A failure counts only where the machine was fast enough for the
    // client to be in time.
    template <class Act>
    static void go_on_in_time(Act act, milliseconds limit = timeout) {
        bool in_time = true;
        Clock::time_point last = Clock::now();
        const auto acted = [&] {
            const Clock::time_point now = Clock::now();
            in_time = in_time && now - last < limit / 2;
            last = now;
        };
        try {
            for (int i = 0; i < 12; ++i) {
                ::poll(nullptr, 0, static_cast<int>(limit.count()) / 8);
                act();
                acted();
            }
        } catch (const std::exception& closed) {
            acted();
            if (in_time) throw;
            GTEST_SKIP() << "the machine was too slow to be in time: " << closed.what();
        }
    }

    // Sends what is unsent, and awaits the answers. A failure counts only where it was sent by then.
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

    const protocol::Dialect line{Framing::line};
};
IOMUX_FOR_EVERY_SERVER(EveryServerWithTimeouts);

using server::Limits;

TEST_P(EveryServerWithTimeouts, ClosesAClientThatSaysNothingOnceItsTimeIsOver) {
    RunningServer server(*GetParam(), settings_with(&Limits::idle_timeout, {}));
    const Clock::time_point begin = Clock::now();
    Client client = server.connect();
    EXPECT_EQ(client.receive_all(), "");
    EXPECT_GE(Clock::now() - begin, timeout - tick);
}

TEST_P(EveryServerWithTimeouts, GivesAnIdleClientItsTimeFromItsLastMessageOn) {
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

TEST_P(EveryServerWithTimeouts, CountsAClientThatWasIdleForTooLong) {
    RunningServer server(*GetParam(), settings_with(&Limits::idle_timeout, {}));
    Conversation conversation = server.converse();
    conversation.ask_and_await("hi");
    conversation.await_end();
    EXPECT_EQ(server.stop_and_end().closed_by(Cause::idle_timeout), 1u);
}

TEST_P(EveryServerWithTimeouts, KeepsAClientThatAsksEverySoOften) {
    RunningServer server(*GetParam(), settings_with(&Limits::idle_timeout, {}));
    Conversation conversation = server.converse();
    go_on_in_time([&] { conversation.ask_and_await("hi"); });
}

TEST_P(EveryServerWithTimeouts, AnswersWhoHadToWaitForItsTurnForLongerThanTheIdleTimeout) {
    server::Settings settings = settings_with(&Limits::idle_timeout, {});
    settings.threading.workers = 1;
    RunningServer server(*GetParam(), settings);
    Conversation first = server.converse();
    first.ask_and_await("hi");
    Conversation second = server.converse();
    second.ask("hi");
    second.send_all();
    go_on_in_time([&] { first.ask_and_await("hi"); });
    first.client().close();
    second.await_answers();
}

// The vanished peer: nothing more comes of the message.
TEST_P(EveryServerWithTimeouts, ClosesAClientThatFallsSilentAmidAMessageAtTheIdleTimeout) {
    RunningServer server(*GetParam(), settings_with(&Limits::idle_timeout, line));
    const Clock::time_point begin = Clock::now();
    Client client = server.connect();
    client.send("half a li");
    EXPECT_EQ(client.receive_all(), "");
    EXPECT_GE(Clock::now() - begin, timeout - tick);
    EXPECT_EQ(server.stop_and_end().closed_by(Cause::idle_timeout), 1u);
}

TEST_P(EveryServerWithTimeouts, ClosesAClientThatDoesNotEndItsMessageInTimeThoughItIsNeverIdle) {
    server::Settings settings = settings_with(&Limits::message_timeout, line);
    settings.limits.idle_timeout = timeout;
    RunningServer server(*GetParam(), settings);
    Client client = server.connect();
    const Clock::time_point begin = Clock::now();
    const auto is_ended_after_a_byte_more = [&] {
        try {
            client.send("x");
            return is_ready(client, timeout / 8);
        } catch (const std::system_error&) {
            return true;
        }
    };
    wait_until(is_ended_after_a_byte_more, "the server closes");
    EXPECT_GE(Clock::now() - begin, timeout - tick);
    EXPECT_EQ(server.stop_and_end().closed_by(Cause::message_timeout), 1u);
}

TEST_P(EveryServerWithTimeouts, WaitsForTheNextMessageAsLongAsItTakesWithoutAnIdleTimeout) {
    RunningServer server(*GetParam(), settings_with(&Limits::message_timeout, line));
    Conversation conversation = server.converse();
    conversation.ask_and_await("hi");
    ::poll(nullptr, 0, 2 * static_cast<int>(timeout.count()));
    conversation.ask_and_await("still here");
}

// Each time the end of a message, and the beginning of another.
TEST_P(EveryServerWithTimeouts, GivesEveryMessageATimeOfItsOwn) {
    RunningServer server(*GetParam(), settings_with(&Limits::message_timeout, line));
    Conversation conversation = server.converse();
    conversation.ask_times(13, 9);
    conversation.send_fragment(5);
    go_on_in_time([&] { conversation.send_fragment(10); });
    if (!IsSkipped()) conversation.await_answers();
}

TEST_P(EveryServerWithTimeouts, TakesNoTimeOfTheClientsForItsOwnWork) {
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

// A loop is at work for most of the limit at a time, on four messages one after the other. The second client's next
// message begins with its first one, and ends while the loop has the others to work on.
TEST_P(EveryServerWithTimeouts, AnswersWhoWasInTimeWhileItWasLateItself) {
    constexpr milliseconds work = timeout - timeout / 4;
    server::Settings settings = settings_with(&Limits::message_timeout, line);
    settings.work = {server::SimulatedWork::By::sleep, work};
    RunningServer server(*GetParam(), settings);
    Conversation first = server.converse();
    Conversation second = server.converse();
    Conversation third = server.converse();
    Conversation fourth = server.converse();
    ::poll(nullptr, 0, a_while);  // all are accepted
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
    // Its time began as the work on its first message ended, if not later.
    finish_in_time(second, asked + work + timeout);
}

TEST_P(EveryServerWithTimeouts, ClosesAClientThatDoesNotReadOnceItsTimeIsOver) {
    RunningServer server(*GetParam(), settings_with(&Limits::write_timeout, amplifying()));
    const Clock::time_point begin = Clock::now();
    leave_replies_unread(server);
    EXPECT_GE(Clock::now() - begin, timeout - tick);
}

TEST_P(EveryServerWithTimeouts, CountsAClientThatDidNotRead) {
    RunningServer server(*GetParam(), settings_with(&Limits::write_timeout, amplifying()));
    leave_replies_unread(server);
    EXPECT_EQ(server.stop_and_end().closed_by(Cause::write_timeout), 1u);
}

TEST_P(EveryServerWithTimeouts, TakesAClientThatDoesNotReadForIdleWithoutAWriteTimeout) {
    RunningServer server(*GetParam(), settings_with(&Limits::idle_timeout, amplifying()));
    leave_replies_unread(server);
    EXPECT_EQ(server.stop_and_end().closed_by(Cause::idle_timeout), 1u);
}

// So slowly that for longer than the timeout the server's kernel has no room for more.
TEST_P(EveryServerWithTimeouts, KeepsAClientThatReadsSlowly) {
    server::Settings settings = settings_with(&Limits::write_timeout, amplifying());
    settings.limits.write_timeout = longer_timeout;
    RunningServer server(*GetParam(), settings);
    constexpr std::size_t requests = 16 * 1024;
    constexpr std::size_t some = 80 * 1024;
    std::size_t left = requests * amplified_reply;
    Client client = server.connect();
    // Less than it takes in each time, so that its kernel cannot put off taking more.
    client.receive_little_ahead();
    client.send(std::string(requests, '\n'));
    go_on_in_time([&] { left -= client.receive(some).size(); }, longer_timeout);
    if (!IsSkipped()) client.receive(left);
}

TEST_P(EveryServerWithTimeouts, ServesOthersWhileTimesRunOut) {
    RunningServer server(*GetParam(), settings_with(&Limits::message_timeout, line));
    Conversation other = server.converse();
    std::deque<Client> late;
    for (int i = 0; i < 20; ++i) {
        late.push_back(server.connect());
        late.back().send("half a li");
    }
    for (Client& client : late) {
        const auto is_ended_after_an_answer_more = [&] {
            other.ask_and_await("hi");
            return is_ready(client, milliseconds(0));
        };
        wait_until(is_ended_after_an_answer_more, "the server closes");
        EXPECT_EQ(client.receive_all(), "");
    }
    other.finish();
}

}  // namespace
}  // namespace iomux::conformance
