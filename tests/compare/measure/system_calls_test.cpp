#include "compare/measure/system_calls.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include "compare/meters/strace.hpp"
#include "compare/process/child_process.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono_literals;

using Calls = std::vector<std::pair<std::string, double>>;

TEST(SystemCallsPerMessage, AreTheCountsDividedByTheMessagesInDescendingOrder) {
    const SystemCalls calls =
        calls_per_message({{{"close", 0}, {"read", 100}, {"write", 150}}, 250}, 100, SystemCalls::Source::tracepoints);
    EXPECT_EQ(calls.per_message, (Calls{{"write", 1.5}, {"read", 1}}));
    EXPECT_EQ(calls.all_per_message, 2.5);
}

TEST(SystemCallsPerMessage, WithoutACounterOfTheirOwnAreOther) {
    EXPECT_EQ(calls_per_message({{{"read", 100}}, 120}, 10, SystemCalls::Source::tracepoints).per_message,
              (Calls{{"read", 10}, {"other", 2}}));
}

// Counters are read one after the other, so the sum of those by name may exceed the total.
TEST(SystemCallsPerMessage, HaveNoOtherIfTheSumByNameExceedsTheTotal) {
    EXPECT_EQ(calls_per_message({{{"read", 101}}, 100}, 1, SystemCalls::Source::tracepoints).per_message,
              (Calls{{"read", 101}}));
}

TEST(WaitsPerMessage, AreTheCallsThatWaitForEvents) {
    const SystemCalls calls{
        .per_message = {{"epoll_wait", 0.25}, {"epoll_pwait2", 0.25}, {"recvfrom", 1}, {"futex", 2}}};
    EXPECT_EQ(calls.waits_per_message(), 0.5);
    EXPECT_EQ(text_of(calls), "epoll_wait 0.25, epoll_pwait2 0.25, recvfrom 1.00, futex 2.00; 2.00 messages per wait");
}

TEST(WaitsPerMessage, AreUnknownForAServerThatMakesNoSuchCall) {
    const SystemCalls calls{.per_message = {{"recvfrom", 1}, {"sendto", 1}}};
    EXPECT_EQ(calls.waits_per_message(), std::nullopt);
    EXPECT_EQ(text_of(calls), "recvfrom 1.00, sendto 1.00");
}

constexpr std::string_view log =
    "17 1700000000.999999 read(0x3, 0x7f, 0x40) = 0x40\n"
    "17 1700000001.000000 epoll_wait(0x3, 0x7f, 0x40, 0xffffffff <unfinished ...>\n"
    "1234567 1700000001.000001 read(0x3, 0x7f, 0x40) = 0x40\n"
    "17 1700000001.000002 <... epoll_wait resumed>) = 0x1\n"
    "17 1700000001.000003 --- SIGTERM {si_signo=SIGTERM} ---\n"
    "17 1700000001.000004 +++ exited with 0 +++\n"
    "17 1700000001.000005 read(0x3, 0x7f, 0x40) = -1 EAGAIN (Resource temporarily unavailable)\n"
    "17 1700000002.000000 read(0x3, 0x7f, 0x40) = 0\n"
    "17 17000000";

TEST(StracesLog, HasALineForEachCall) {
    const CallCounts counts = count_calls(log, Strace::Time(1'700'000'001s), Strace::Time(1'700'000'002s));
    EXPECT_EQ(counts.by_name, (std::map<std::string, std::uint64_t>{{"epoll_wait", 1}, {"read", 2}}));
    EXPECT_EQ(counts.all, 3u);
}

// chdir(2), because the shell makes exactly one call for each `cd`.
TEST(Strace, CountsTheCallsOfTheProgramThatItRuns) {
    std::optional<Strace> strace;
    try {
        strace.emplace();
    } catch (const std::runtime_error& why) {
        GTEST_SKIP() << why.what();
    }
    std::vector<std::string> words = strace->runner();
    for (const char* word : {"/bin/sh", "-c", "cd /; cd /; cd /; echo done"}) words.emplace_back(word);
    ChildProcess child({.words = words});
    if (child.read_line(posix::Clock::now() + 30s) != "done") GTEST_SKIP() << child.exit_text();
    ASSERT_TRUE(child.wait_for_end(posix::Clock::now() + 30s));
    EXPECT_EQ(strace->count(Strace::Time::min(), Strace::Time::max()).by_name["chdir"], 3u);
}

}  // namespace
}  // namespace iomux::compare
