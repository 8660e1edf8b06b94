// Results of the claims' probes that are the same on every Linux.
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <limits>

#include "compare/mechanisms/descriptors.hpp"
#include "compare/mechanisms/in_child.hpp"
#include "compare/mechanisms/ring_read.hpp"
#include "compare/mechanisms/sleeps.hpp"
#include "compare/mechanisms/socket_pair.hpp"
#include "compare/mechanisms/system_calls.hpp"
#include "compare/mechanisms/triggers.hpp"
#include "compare/meters/tracer.hpp"
#include "mechanism_name.hpp"
#include "posix/limits.hpp"

namespace iomux::compare {
namespace {

using std::chrono::milliseconds;

class TriggerProbe : public testing::TestWithParam<Mechanism> {
protected:
    void SetUp() override {
        if (const auto obstacle = GetParam().obstacle(std::array{0})) GTEST_SKIP() << *obstacle;
    }
};

INSTANTIATE_TEST_SUITE_P(Mechanisms, TriggerProbe, testing::ValuesIn(monitor_mechanisms()), mechanism_name);

TEST_P(TriggerProbe, CountsEveryWaitOrOnlyTheFirst) {
    EXPECT_EQ(reports_of_unread_bytes(GetParam(), 4), GetParam().reports_again ? 4u : 1u);
}

TEST_P(TriggerProbe, LeavesBytesUnreadIfAnEdgeIsReadOnlyOnce) {
    EXPECT_EQ(unread_bytes(GetParam(), 3000, 1024), GetParam().reports_again ? 0u : 3000u - 1024);
}

TEST_P(TriggerProbe, LeavesNothingUnreadIfOneReadTakesAll) { EXPECT_EQ(unread_bytes(GetParam(), 1000, 1024), 0u); }

TEST(UnacceptedClients, AreAllButOneIfEdgeTriggered) {
    EXPECT_EQ(unaccepted_clients(mechanism_named("epoll-et"), 3), 2u);
    EXPECT_EQ(unaccepted_clients(mechanism_named("epoll-et"), 1), 0u);
    EXPECT_EQ(unaccepted_clients(mechanism_named("epoll"), 3), 0u);
}

TEST(MechanismNamed, RefusesAnUnknownName) { EXPECT_THROW(mechanism_named("telepathy"), std::invalid_argument); }

TEST(DescriptorPastFdSet, IsReportedByTheKernelWithEveryMechanism) {
    if (posix::raise_descriptor_limit() <= FD_SETSIZE) GTEST_SKIP() << "the limit on descriptors is too low";
    const PastFdSet past = probe_past_fd_set();
    EXPECT_GE(past.number, past.set_size);
    EXPECT_TRUE(past.last_fits);
    EXPECT_TRUE(past.kernel_selects);
    EXPECT_TRUE(past.poll_reports);
    EXPECT_TRUE(past.epoll_reports);
#ifdef __GLIBC__
    EXPECT_EQ(past.signal_from_checked, SIGABRT);
#endif
}

TEST(PastLimitProbe, FindsTheErrorsInTheManual) {
    const PastLimit past = probe_past_limit(32);
    EXPECT_EQ(past.poll, std::errc::invalid_argument);
    EXPECT_EQ(past.open, std::errc::too_many_files_open);
}

TEST(PastLimitProbe, LeavesTheLimitOfThisProcessUnchanged) {
    const std::size_t before = posix::descriptor_limit();
    probe_past_limit(32);
    EXPECT_EQ(posix::descriptor_limit(), before);
}

TEST(WatchedAndClosedProbe, StopsOnlySelect) {
    const WatchedAndClosed closed = probe_watched_and_closed();
    EXPECT_EQ(closed.select, std::errc::bad_file_descriptor);
    EXPECT_TRUE(closed.poll_continues);
    EXPECT_TRUE(closed.epoll_continues);
}

TEST(RegularFileProbe, FindsItAlwaysReadyAndRefusedByEpoll) {
    const RegularFile file = probe_regular_file();
    EXPECT_TRUE(file.select_reports);
    EXPECT_TRUE(file.poll_reports);
    EXPECT_EQ(file.epoll, std::errc::operation_not_permitted);
}

TEST(RegularFileProbe, ReadsItWithIoUringIfAvailable) {
    const bool has_ring = !obstacle_to_ring(std::array{0});
    EXPECT_EQ(probe_regular_file().ring_reads, has_ring ? std::optional(true) : std::nullopt);
}

TEST(RingRead, FailsAsTheSystemCallDoes) {
    if (const auto obstacle = obstacle_to_ring(std::array{0})) GTEST_SKIP() << *obstacle;
    EXPECT_THROW(read_by_ring(-1, 1), std::system_error);
}

TEST(ExchangeProbe, SleepsInTheWaitAndNotInTheReceive) {
    const ExchangeSleeps sleeps = probe_exchange(20);
    EXPECT_GT(sleeps.in_poll, 0u);
    EXPECT_LT(sleeps.in_receive, sleeps.in_poll);
}

TEST(EmptyWaitProbe, SleepsOnceIfItBlocks) {
    const EmptyWait wait = wait_by_blocking(milliseconds(20));
    EXPECT_EQ(wait.calls, 1u);
    EXPECT_GE(wait.sleeps, 1u);
    EXPECT_GE(wait.passed, milliseconds(20));
    EXPECT_EQ(wait.answer, std::errc::operation_would_block);
}

TEST(EmptyWaitProbe, CallsManyTimesIfItDoesNotBlock) {
    const EmptyWait wait = wait_by_polling(milliseconds(20));
    EXPECT_GE(wait.calls, 1u);
    EXPECT_LT(wait.sleeps, wait.calls);
    EXPECT_EQ(wait.answer, std::errc::operation_would_block);
}

TEST(SelectWorkProbe, FindsTheSetOverwritten) {
    const SelectWork work = probe_select_work(100, milliseconds(50));
    EXPECT_EQ(work.watched, 100u);
    EXPECT_EQ(work.left, 1u);
    EXPECT_GE(work.kernel_share, 0);
    EXPECT_LE(work.kernel_share, 1);
}

TEST(SelectWorkProbe, RejectsMoreDescriptorsThanASetHolds) {
    if (posix::raise_descriptor_limit() < 2 * FD_SETSIZE) GTEST_SKIP() << "the limit on descriptors is too low";
    EXPECT_THROW(probe_select_work(FD_SETSIZE, milliseconds(1)), std::runtime_error);
}

TEST(Child, ReturnsWhatItsBodyDoes) {
    EXPECT_EQ(run_in_child([] { return 7; }).returned, 7);
    EXPECT_EQ(run_in_child([] { return 7; }).signal, 0);
}

TEST(Child, ReportsTheSignalThatKilledIt) {
    const ChildEnd end = run_in_child([] { return ::raise(SIGKILL); });
    EXPECT_EQ(end.signal, SIGKILL);
    EXPECT_FALSE(end.returned);
}

// A sandbox may forbid ptrace.
class SystemCalls : public testing::Test {
protected:
    void SetUp() override {
        try {
            system_calls_of([] { return 0; });
        } catch (const std::exception& forbidden) {
            GTEST_SKIP() << forbidden.what();
        }
    }
};

TEST_F(SystemCalls, AreAllCounted) {
    const auto counts = system_calls_of([] {
        for (int i = 0; i < 5; ++i) ::syscall(SYS_getppid);
        return 0;
    });
    EXPECT_EQ(counts.at(SYS_getppid), 5u);
    EXPECT_EQ(counts.count(SYS_recvfrom), 0u);
}

TEST_F(SystemCalls, OfAFailingBodyAreAnError) {
    EXPECT_THROW(system_calls_of([] { return 1; }), std::runtime_error);
    EXPECT_THROW(system_calls_of([] { return ::raise(SIGKILL); }), std::runtime_error);
}

TEST_F(SystemCalls, PerMessageAreOneReceiveAndAWaitSharedByAllSenders) {
    const CallsPerMessage one = count_calls_per_message(1, 10);
    EXPECT_EQ(one.waits, 1);
    EXPECT_EQ(one.receives, 1);
    const CallsPerMessage eight = count_calls_per_message(8, 10);
    EXPECT_EQ(eight.waits, 1.0 / 8);
    EXPECT_EQ(eight.receives, 1);
}

// Calls getppid three times for each byte that it receives, and answers.
class TracedChild {
public:
    TracedChild() : pid_(posix::check(::fork(), "fork")) {
        if (pid_ != 0) return;
        for (char byte = 0; ::recv(sockets_.theirs.get(), &byte, 1, 0) == 1;) {
            for (int i = 0; i < 3; ++i) ::syscall(SYS_getppid);
            ::send(sockets_.theirs.get(), &byte, 1, MSG_NOSIGNAL);
        }
        ::_exit(0);
    }
    ~TracedChild() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }

    pid_t pid() const { return pid_; }
    void exchange(std::size_t messages) const {
        char byte = 'x';
        for (std::size_t i = 0; i < messages; ++i) {
            ASSERT_EQ(::send(sockets_.ours.get(), &byte, 1, MSG_NOSIGNAL), 1);
            ASSERT_EQ(::recv(sockets_.ours.get(), &byte, 1, 0), 1);
        }
    }

private:
    SocketPair sockets_;
    pid_t pid_;
};

TEST_F(SystemCalls, AreCountedForARunningProcess) {
    const TracedChild child;
    child.exchange(1);
    SystemCallCounts counts;
    Tracer tracer(child.pid(), [&](pid_t thread, int status) { count_call(thread, status, counts); });
    child.exchange(20);
    tracer.request_end();
    child.exchange(1);
    tracer.wait_for_end();
    EXPECT_EQ(counts.at(SYS_getppid), 60u);
    // The process has been released and works as before.
    child.exchange(3);
}

TEST_F(SystemCalls, EndWhenTheTracerKillsItsProcess) {
    const TracedChild child;
    const Tracer tracer(child.pid(), [](pid_t, int) {});
}

TEST(ATracer, RejectsAProcessThatDoesNotExist) {
    EXPECT_ANY_THROW(Tracer(std::numeric_limits<pid_t>::max(), [](pid_t, int) {}));
}

}  // namespace
}  // namespace iomux::compare
