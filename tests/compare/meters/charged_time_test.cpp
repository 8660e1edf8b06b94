#include "compare/meters/charged_time.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <optional>

#include "posix/cpu_time.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono_literals;

// A child that has used CPU time, and waits. This process is its parent.
class Spender {
public:
    static constexpr auto spends = 100ms;

    Spender() : pid_(::fork()) {
        if (pid_ == 0) spend();
        siginfo_t stopped{};
        EXPECT_EQ(::waitid(P_PID, static_cast<id_t>(pid_), &stopped, WSTOPPED), 0);
    }
    ~Spender() { reap(); }
    Spender(const Spender&) = delete;
    Spender& operator=(const Spender&) = delete;

    void reap() {
        if (pid_ <= 0) return;
        EXPECT_EQ(::kill(pid_, SIGKILL), 0);
        EXPECT_EQ(::waitpid(pid_, nullptr, 0), pid_);
        pid_ = -1;
    }
    // Of this process and the child, until it has been reaped.
    std::vector<pid_t> family() const {
        return pid_ < 0 ? std::vector{::getpid()} : std::vector{std::min(::getpid(), pid_), std::max(::getpid(), pid_)};
    }

private:
    [[noreturn]] static void spend() {
        while (posix::thread_cpu_time() < spends) continue;
        ::raise(SIGSTOP);
        ::_exit(EXIT_FAILURE);
    }

    pid_t pid_;
};

ChargedTime own_time() {
    const std::vector<pid_t> self{::getpid()};
    return charged_time(self, [&] { return self; });
}

// `reaps`: in which listing the child is reaped.
void expect_that_the_child_counts_once(bool is_expected, int reaps) {
    const ChargedTime before = own_time();
    Spender child;
    const std::vector<pid_t> expected = is_expected ? child.family() : std::vector{::getpid()};
    int listing = 0;
    const ChargedTime time = charged_time(expected, [&] {
        if (++listing == reaps) child.reap();
        return child.family();
    });
    // The kernel reports the times of ended children in whole ticks.
    constexpr auto ticks = 25ms;
    EXPECT_GE(time_between(before, time), Spender::spends - ticks) << "the child is lost";
    EXPECT_LT(time_between(before, time), 2 * Spender::spends - ticks) << "the child counts twice";
    EXPECT_EQ(time.processes, child.family());
}

TEST(AProcessThatIsReapedWhileTimesAreRead, CountsOnce) {
    for (const bool is_expected : {true, false})
        for (int reaps = 1; reaps <= 3; ++reaps) {
            SCOPED_TRACE(testing::Message() << "expected: " << is_expected << ", listing: " << reaps);
            expect_that_the_child_counts_once(is_expected, reaps);
        }
}

TEST(ProcessesThatAreNeverTheSameTwice, HaveATimeNonetheless) {
    std::optional<Spender> child;
    const ChargedTime time = charged_time({}, [&] { return child.emplace().family(); });
    EXPECT_EQ(time.processes, child->family());
    EXPECT_GT(time_between({}, time), 0ns);
}

TEST(AGuard, HasTheTimeOfThoseThatItHasWaitedForButNoneOfItsOwn) {
    Spender child;
    child.reap();
    const ChargedTime time = charged_time(
        {}, [] { return std::vector<pid_t>{}; }, ::getpid());
    EXPECT_TRUE(time.clocks.empty());
    EXPECT_GE(time.of_ended.total(), Spender::spends - 25ms);
}

TEST(TheTimeBetween, IsNotReducedByAProcessThatWasReapedBeforeATickHadPassed) {
    const ChargedTime begin{
        .at = {}, .processes = {}, .clocks = {{1, 8ms}, {2, 5ms}}, .ticks_of_running = {}, .of_ended = {}};
    ChargedTime end{.at = {}, .processes = {}, .clocks = {{1, 10ms}, {3, 4ms}}, .ticks_of_running = {}, .of_ended = {}};
    EXPECT_EQ(time_between(begin, end), 6ms);
    end.of_ended.user = 10ms;
    EXPECT_EQ(time_between(begin, end), 11ms);
}

}  // namespace
}  // namespace iomux::compare
