#include "compare/meters/meters.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <future>
#include <system_error>
#include <thread>

#include "compare/process/child_process.hpp"
#include "compare/process/cores.hpp"
#include "compare/process/process_tree.hpp"
#include "posix/cpu_time.hpp"
#include "posix/limits.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view stat =
    "cpu  15968 0 9476 559916 313 3 147 8177 0 0\n"
    "cpu1 8477 0 4813 279255 279 1 113 4004 0 0\n"
    "cpu10 1 2 3 4 5 6 7 8 9 10\n"
    "intr 553913 0 0 0\n"
    "processes 123456\n"
    "procs_running 2\n";

TEST(TheCountOfStarts, IsThatOfTheWholeSystem) {
    EXPECT_EQ(parse_count_of_starts(stat), 123456u);
    EXPECT_FALSE(parse_count_of_starts("cpu 1 2\nprocesses\n"));
    EXPECT_FALSE(parse_count_of_starts(""));
}

TEST(TheCountOfStarts, GrowsWithEachProcess) {
    const auto before = count_of_starts();
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    ASSERT_TRUE(before);
    EXPECT_GE(count_of_starts(), *before + 1);
}

TEST(InterruptTimeOfACore, IsItsSixthAndSeventhColumnInTicks) {
    const auto time = parse_interrupt_time(stat, 1, 10ms);
    ASSERT_TRUE(time);
    EXPECT_EQ(time->hard, 10ms);
    EXPECT_EQ(time->soft, 1130ms);
}

TEST(InterruptTimeOfACore, IsNotThatOfACoreWhoseNumberHasTheSamePrefix) {
    EXPECT_EQ(parse_interrupt_time(stat, 10, 1ms)->soft, 7ms);
}

TEST(InterruptTimeOfACore, IsUnknownForAMissingCore) {
    EXPECT_FALSE(parse_interrupt_time(stat, 0, 10ms));
    EXPECT_FALSE(parse_interrupt_time("", 0, 10ms));
}

TEST(InterruptTimeOfACore, IsUnknownIfTheLineIsTruncated) {
    EXPECT_FALSE(parse_interrupt_time("cpu0 1 2 3 4 5 6\n", 0, 10ms));
}

TEST(InterruptTimeOfACore, IsAvailableOnThisMachine) {
    const int core = posix::allowed_cores().back();
    const auto before = interrupt_time(core);
    const auto after = interrupt_time(core);
    ASSERT_TRUE(before && after);
    EXPECT_LE(before->soft, after->soft);
}

TEST(ResidentMemory, IsReadFromItsLine) {
    EXPECT_EQ(parse_resident("55d0-7ffc ---p 00000000 00:00 0 [rollup]\nRss:    3412 kB\nPss:    1000 kB\n"),
              3412 * 1024u);
    EXPECT_EQ(parse_resident("Pss: 12 kB\n"), std::nullopt);
}

TEST(ResidentMemory, GrowsByTheTouchedPages) {
    const std::array self{::getpid()};
    constexpr std::size_t size = 8 << 20;
    const std::size_t before = resident_bytes(self);
    // Not from the heap, which may reuse memory that was freed before.
    constexpr int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
    void* touched = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, flags, -1, 0);
    ASSERT_NE(touched, MAP_FAILED);
    const std::size_t after = resident_bytes(self);
    EXPECT_EQ(::munmap(touched, size), 0);
    EXPECT_GE(after - before + 64 * 1024, size);
}

TEST(CpuTime, GrowsWithWork) {
    const std::array self{::getpid()};
    const auto before = posix::cpu_time(self);
    const auto until = std::chrono::steady_clock::now() + 20ms;
    while (std::chrono::steady_clock::now() < until) {
    }
    EXPECT_GT(posix::cpu_time(self), before);
}

TEST(CpuTime, IncludesThatOfThreadsThatHaveEnded) {
    const std::array self{::getpid()};
    const auto before = posix::cpu_time(self);
    std::chrono::nanoseconds spent{0};
    std::thread([&] {
        timespec time{};
        while (time.tv_nsec < 20'000'000) ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        spent = std::chrono::nanoseconds(time.tv_nsec);
    }).join();
    EXPECT_GE(posix::cpu_time(self) - before, spent);
}

constexpr std::string_view process_stat =
    "4711 (a) b) 1) S 1 4711 4711 0 -1 4194304 2213 0 0 0 30 150 7 8 20 0 1 0 27 0 0 0\n";

TEST(TimeSpent, IsTheFourteenthAndFifteenthFieldInTicks) {
    const auto spent = parse_time_spent(process_stat, 10ms);
    ASSERT_TRUE(spent);
    EXPECT_EQ(spent->user, 300ms);
    EXPECT_EQ(spent->system, 1500ms);
}

TEST(TimeSpent, IsUnknownIfTheLineIsTruncated) {
    EXPECT_FALSE(parse_time_spent("4711 (a) S 1 4711 4711 0 -1 4194304 2213 0 0 0 30", 10ms));
    EXPECT_FALSE(parse_time_spent("", 10ms));
}

TEST(TimeSpent, OfAProcessThatOnlyComputesIsUserTime) {
    const std::array self{::getpid()};
    const TimeSpent before = time_spent(self);
    const auto cpu = posix::cpu_time(self);
    volatile unsigned computed = 1;
    while (posix::cpu_time(self) - cpu < 200ms)
        for (int i = 0; i < 1'000'000; ++i) computed = computed * 3;
    const TimeSpent after = time_spent(self);
    EXPECT_GT(after.user - before.user, after.system - before.system);
}

TEST(ContextSwitchesOfAThread, AreReadFromItsStatus) {
    const auto switches = parse_context_switches(
        "Name:\tepoll\nThreads:\t1\nvoluntary_ctxt_switches:\t150\nnonvoluntary_ctxt_switches:\t545\n");
    ASSERT_TRUE(switches);
    EXPECT_EQ(switches->voluntary, 150u);
    EXPECT_EQ(switches->involuntary, 545u);
    EXPECT_EQ(switches->all(), 695u);
    EXPECT_FALSE(parse_context_switches("voluntary_ctxt_switches:\t150\n"));
}

TEST(ContextSwitchesOfThreads, AreThoseSinceTheBeginningOrTheirStart) {
    const ThreadSwitches begin{{1, {10, 1}}, {2, {20, 2}}};
    const ThreadSwitches end{{1, {15, 2}}, {3, {7, 3}}};
    const ContextSwitches between = switches_between(begin, end);
    EXPECT_EQ(between.voluntary, 5u + 7u);
    EXPECT_EQ(between.involuntary, 1u + 3u);
}

// The count that the kernel reports to this thread.
std::uint64_t own_voluntary_switches() {
    rusage usage{};
    EXPECT_EQ(::getrusage(RUSAGE_THREAD, &usage), 0);
    return static_cast<std::uint64_t>(usage.ru_nvcsw);
}

TEST(ContextSwitchesOfThreads, MatchTheCountThatTheThreadGetsItself) {
    const std::array self{::getpid()};
    // A short sleep may end before the thread is switched out, and then it does not count.
    constexpr timespec moment{.tv_sec = 0, .tv_nsec = 1'000'000};
    while (own_voluntary_switches() < 3) ::clock_nanosleep(CLOCK_MONOTONIC, 0, &moment, nullptr);
    const std::uint64_t before = own_voluntary_switches();
    const ContextSwitches counted = context_switches(self).at(::gettid());
    EXPECT_GE(counted.voluntary, before);
    EXPECT_LE(counted.voluntary, own_voluntary_switches());
}

TEST(Threads, AreCounted) {
    const std::array self{::getpid()};
    std::promise<void> end;
    const std::shared_future<void> ended = end.get_future().share();
    // The thread sanitizer starts a thread of its own with the first thread of the program.
    std::thread first([ended] { ended.wait(); });
    const std::size_t before = count_threads(self);
    std::thread one_more([ended] { ended.wait(); });
    EXPECT_EQ(count_threads(self), before + 1);
    end.set_value();
    first.join();
    one_more.join();
}

TEST(Threads, SleepIfAllOfThemSleep) {
    const ChildProcess child({.words = {"/bin/sleep", "1000"}});
    const posix::Deadline deadline = posix::Clock::now() + 60s;
    while (!threads_sleep(std::array{child.pid()}) && posix::Clock::now() < deadline) std::this_thread::yield();
    EXPECT_TRUE(threads_sleep(std::array{child.pid()}));
}

TEST(Threads, DoNotSleepIfOneRuns) { EXPECT_FALSE(threads_sleep(std::array{::getpid()})); }

TEST(Threads, DoNotSleepIfThereAreNone) { EXPECT_FALSE(threads_sleep(std::array{pid_t{0}})); }

TEST(AKernelStack, IsTheTotalDividedByTheNumberOfThreads) {
    EXPECT_EQ(parse_kernel_stack("MemTotal: 1 kB\nKernelStack:        1664 kB\n", "0.42 0.12 0.09 3/103 6720\n"),
              16 * 1024u);
}

TEST(AKernelStack, IsUnknownIfTheSystemDoesNotReportIt) {
    EXPECT_FALSE(parse_kernel_stack("", "0.42 0.12 0.09 3/103 6720\n"));
    EXPECT_FALSE(parse_kernel_stack("KernelStack: 1664 kB\n", ""));
    EXPECT_FALSE(parse_kernel_stack("KernelStack: 1664 kB\n", "0 0 0 0/0 1"));
}

TEST(AKernelStack, IsSomePagesOnThisMachine) {
    const auto bytes = kernel_stack_bytes();
    ASSERT_TRUE(bytes);
    EXPECT_EQ(*bytes % 4096, 0u);
    EXPECT_GE(*bytes, 4096u);
}

TEST(CpuTime, HasSettledOnceAProcessSleeps) {
    ChildProcess shell({.words = {"/bin/sh", "-c", "echo started; sleep 1000"}});
    ASSERT_EQ(shell.read_line(posix::Clock::now() + 60s), "started");
    // The shell starts a process and then waits for it: until then its time grows.
    const std::array process{shell.pid()};
    while (family_of(shell.pid()).size() < 2) std::this_thread::yield();
    const auto settled = posix::settled_cpu_time(process);
    EXPECT_GT(settled, 0ns);
    EXPECT_GE(posix::settled_cpu_time(process), settled);
}

TEST(CpuTime, OfAProcessThatNeverSleepsIsReadInTheEnd) {
    const ChildProcess shell({.words = {"/bin/sh", "-c", "while :; do :; done"}});
    const std::array process{shell.pid()};
    const auto before = posix::Clock::now();
    static_cast<void>(posix::settled_cpu_time(process));
    EXPECT_GE(posix::Clock::now() - before, 150us);
}

TEST(CpuTime, OfAProcessThatHasEndedIsAnError) {
    pid_t gone = 0;
    {
        const ChildProcess child({.words = {"/bin/true"}});
        gone = child.pid();
    }
    EXPECT_THROW(posix::cpu_time(std::array{gone}), std::system_error);
}

TEST(TheFamilyOfAShell, HasTheProcessesThatItStarted) {
    ChildProcess shell({.words = {"/bin/sh", "-c", "sleep 1000 & echo started; wait"}});
    ASSERT_EQ(shell.read_line(posix::Clock::now() + 60s), "started");
    const std::vector<pid_t> processes = family_of(shell.pid());
    EXPECT_EQ(processes.size(), 2u);
    EXPECT_NE(std::ranges::find(processes, shell.pid()), processes.end());
}

TEST(TheFamilyOfAShell, HasNeitherThisProcessNorItsChildren) {
    ChildProcess shell({.words = {"/bin/sh", "-c", "echo started; exec sleep 1000"}});
    ASSERT_EQ(shell.read_line(posix::Clock::now() + 60s), "started");
    const std::vector<pid_t> family = family_of(::getppid());
    for (const pid_t process : {::getpid(), shell.pid()}) EXPECT_EQ(std::ranges::find(family, process), family.end());
}

TEST(TheTimeOfEndedChildren, IsInTwoFieldsOfTheStat) {
    constexpr std::string_view stat_of_process =
        "77 (a) b) S 1 77 77 0 -1 4194560 1 2 3 4 11 12 13 14 20 0 1 0 99 1000 200 0\n";
    const auto own = parse_time_spent(stat_of_process, 10ms);
    const auto of_children = parse_time_of_ended_children(stat_of_process, 10ms);
    ASSERT_TRUE(own && of_children);
    EXPECT_EQ(own->user, 110ms);
    EXPECT_EQ(own->system, 120ms);
    EXPECT_EQ(of_children->user, 130ms);
    EXPECT_EQ(of_children->system, 140ms);
    EXPECT_EQ(parse_time_of_ended_children("77 (a) S 1 77", 10ms), std::nullopt);
}

TEST(TheTimeOfEndedChildren, HasThatOfAProcessThatWasWaitedFor) {
    // It spins until it has used 50 ms, five ticks. Then the shell waits for it.
    constexpr const char* spin =
        "(while read -r ns rest < /proc/self/schedstat; do [ \"$ns\" -lt 50000000 ] || exit; done); "
        "echo ended; exec sleep 1000";
    ChildProcess shell({.words = {"/bin/sh", "-c", spin}});
    ASSERT_EQ(shell.read_line(posix::Clock::now() + 60s), "ended");
    const TimeSpent spent = time_of_ended_children(std::array{shell.pid()});
    EXPECT_GE(spent.user + spent.system, 30ms);
}

TEST(AProcessThatIgnoresItsChildren, IsFoundByItsMask) {
    EXPECT_TRUE(parse_ignores_children("Name:\tx\nSigIgn:\t0000000000010000\n"));
    EXPECT_FALSE(parse_ignores_children("Name:\tx\nSigIgn:\t000000000000ffff\n"));
    EXPECT_FALSE(parse_ignores_children("Name:\tx\n"));
}

TEST(OpenDescriptors, AreCounted) {
    const std::array self{::getpid()};
    const std::size_t before = open_descriptors(self);
    const posix::UniqueFd one_more(::dup(STDERR_FILENO));
    EXPECT_EQ(open_descriptors(self), before + 1);
}

}  // namespace
}  // namespace iomux::compare
