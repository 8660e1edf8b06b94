#include "compare/process/child_process.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>
#include <system_error>
#include <utility>

#include "compare/process/wait.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono_literals;

posix::Deadline soon() { return posix::Clock::now() + 60s; }

Command shell(std::string line, ChildKind kind = ChildKind::one_process) {
    return {.words = {"/bin/sh", "-c", std::move(line)}, .kind = kind};
}

TEST(AChild, IsReadLineByLine) {
    ChildProcess child(shell("printf 'one\\ntw'; printf 'o\\nrest'"));
    EXPECT_EQ(child.read_line(soon()), "one");
    EXPECT_EQ(child.read_line(soon()), "two");
    EXPECT_EQ(child.read_all(soon()), "rest");
    EXPECT_EQ(child.read_line(soon()), std::nullopt);
}

TEST(AChild, ReadsNothingFromASilentProcessUntilTheDeadline) {
    ChildProcess child(shell("exec sleep 1000"));
    EXPECT_EQ(child.read_line(posix::Clock::now()), std::nullopt);
    EXPECT_FALSE(child.wait_for_end(posix::Clock::now()));
    EXPECT_EQ(child.exit_text(), "runs");
}

TEST(AChild, HasAnEmptyInput) {
    ChildProcess child({.words = {"/bin/cat"}});
    EXPECT_EQ(child.read_all(soon()), "");
    EXPECT_TRUE(child.wait_for_end(soon()));
}

TEST(AChild, HasAnInputThatIsOpenUntilItIsClosed) {
    ChildProcess child({.words = {"/bin/sh", "-c", "echo ready; cat; echo ended"}, .input = ChildInput::open});
    EXPECT_EQ(child.read_line(soon()), "ready");
    EXPECT_EQ(child.read_line(posix::Clock::now() + 10ms), std::nullopt);
    child.close_input();
    EXPECT_EQ(child.read_line(soon()), "ended");
}

TEST(AChild, ReplacesInvalidUtf8InItsExitText) {
    ChildProcess child({.words = {"/bin/sh", "-c", R"(printf 'caf\351\n' >&2; exit 3)"}});
    ASSERT_TRUE(child.wait_for_end(soon()));
    EXPECT_EQ(child.exit_text(), "exit 3: caf\\xe9");
}

TEST(AChild, ReportsTheExitStatusAndTheLastLineOfAFailure) {
    const ChildProcess child(shell("echo first >&2; echo cannot serve >&2; exit 3"));
    ASSERT_TRUE(child.wait_for_end(soon()));
    EXPECT_FALSE(child.succeeded());
    EXPECT_EQ(child.exit_text(), "exit 3: cannot serve");
}

TEST(AChild, ReportsTheSignalThatKilledIt) {
    const ChildProcess child(shell("kill -SEGV $$"));
    ASSERT_TRUE(child.wait_for_end(soon()));
    EXPECT_EQ(child.exit_text(), "killed by SIGSEGV");
}

TEST(AChild, ReportsItsLastLineWithTheSignalUnlessThatIsAWarning) {
    for (const auto& [line, text] : {std::pair{"assertion failed", "killed by SIGKILL: assertion failed"},
                                     std::pair{"warning: others use the cores", "killed by SIGKILL"},
                                     std::pair{"iomux-compare: warning: others use the cores", "killed by SIGKILL"}}) {
        const ChildProcess child(shell(fmt::format("echo {} >&2; kill -KILL $$", line)));
        ASSERT_TRUE(child.wait_for_end(soon()));
        EXPECT_EQ(child.exit_text(), text);
    }
}

TEST(AChild, HasSucceededWithExitStatusZero) {
    const ChildProcess child({.words = {"/bin/true"}});
    ASSERT_TRUE(child.wait_for_end(soon()));
    EXPECT_TRUE(child.succeeded());
}

TEST(AProgram, ThatCannotBeRunIsAnError) {
    EXPECT_THROW(ChildProcess({.words = {"/nonexistent/program"}}), std::system_error);
}

TEST(AChild, EndsItselfAfterSigterm) {
    ChildProcess child(shell("trap 'echo ended; exit' TERM; echo ready; while :; do sleep 0.01; done"));
    ASSERT_EQ(child.read_line(soon()), "ready");
    child.stop(60s);
    EXPECT_EQ(child.read_line(soon()), "ended");
}

TEST(AChild, IsKilledIfItIgnoresSigterm) {
    ChildProcess child(shell("trap '' TERM; echo ready; while :; do sleep 0.01; done"));
    ASSERT_EQ(child.read_line(soon()), "ready");
    const pid_t pid = child.pid();
    child.stop(50ms);
    EXPECT_EQ(::kill(pid, 0), -1);
}

// The write end of a pipe that all descendants inherit. The end of file means that all of them have ended.
class Lineage {
public:
    Lineage() { EXPECT_EQ(::pipe(ends_.data()), 0); }
    ~Lineage() {
        ::close(ends_[0]);
        if (ends_[1] >= 0) ::close(ends_[1]);
    }
    Lineage(const Lineage&) = delete;
    Lineage& operator=(const Lineage&) = delete;

    bool dies_out() {
        ::close(std::exchange(ends_[1], -1));
        std::array<char, 64> words;
        while (wait_readable(ends_[0], soon()))
            if (::read(ends_[0], words.data(), words.size()) <= 0) return true;
        return false;
    }

private:
    std::array<int, 2> ends_{};
};

// A parent that starts the command and kills itself once the command has written a line.
void run_in_parent_that_is_killed(const Command& command, int ready) {
    const pid_t parent = ::fork();
    ASSERT_GE(parent, 0);
    if (parent == 0) {
        ChildProcess child(command);
        char byte = 0;
        // The child writes to a pipe of the test, because the output of a group cannot be read.
        if (::read(ready, &byte, 1) == 1) ::raise(SIGKILL);
        ::_exit(EXIT_FAILURE);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(parent, &status, 0), parent);
    ASSERT_TRUE(WIFSIGNALED(status));
}

struct Ready {
    Ready() { EXPECT_EQ(::pipe(ends.data()), 0); }
    ~Ready() {
        ::close(ends[0]);
        ::close(ends[1]);
    }
    std::string say() const { return "echo >&" + std::to_string(ends[1]); }
    std::array<int, 2> ends{};
};

TEST(AChild, DoesNotOutliveAParentThatIsKilled) {
    Lineage lineage;
    const Ready ready;
    run_in_parent_that_is_killed(shell(ready.say() + "; exec sleep 1000"), ready.ends[0]);
    EXPECT_TRUE(lineage.dies_out());
}

TEST(ACommandWithDescendants, DoesNotOutliveAParentThatIsKilled) {
    Lineage lineage;
    const Ready ready;
    const Command command = shell("sleep 1000 & sleep 1000 & " + ready.say() + "; wait", ChildKind::with_descendants);
    run_in_parent_that_is_killed(command, ready.ends[0]);
    EXPECT_TRUE(lineage.dies_out());
}

TEST(ACommandWithDescendants, EndsWithItsObject) {
    Lineage lineage;
    const Ready ready;
    {
        const ChildProcess child(shell("sleep 1000 & " + ready.say() + "; wait", ChildKind::with_descendants));
        ASSERT_TRUE(wait_readable(ready.ends[0], soon()));
    }
    EXPECT_TRUE(lineage.dies_out());
}

// One of a session of its own, and one whose parent has ended too.
constexpr std::string_view leavers = "setsid sleep 1000 & (setsid sleep 1000 &); ";

TEST(ACommandWithDescendants, DoesNotOutliveAParentThatIsKilledWithThoseThatLeaveItsGroup) {
    Lineage lineage;
    const Ready ready;
    run_in_parent_that_is_killed(
        shell(std::string(leavers) + ready.say() + "; exec sleep 1000", ChildKind::with_descendants), ready.ends[0]);
    EXPECT_TRUE(lineage.dies_out());
}

TEST(ACommandWithDescendants, IsAskedToEndWithThoseThatLeaveItsGroup) {
    Lineage lineage;
    const Ready ready;
    {
        ChildProcess child(
            shell(std::string(leavers) + ready.say() + "; exec sleep 1000", ChildKind::with_descendants));
        ASSERT_TRUE(wait_readable(ready.ends[0], soon()));
        EXPECT_EQ(child.processes().size(), 3u);
        EXPECT_TRUE(child.stop(60s).empty());
    }
    EXPECT_TRUE(lineage.dies_out());
}

TEST(ACommandWithDescendants, ReportsHowTheCommandEndedAsOftenAsAsked) {
    const ChildProcess child(shell("setsid sleep 1000 & echo cannot serve >&2; exit 3", ChildKind::with_descendants));
    for (int i = 0; i < 2; ++i) {
        ASSERT_TRUE(child.wait_for_end(soon()));
        EXPECT_FALSE(child.succeeded());
        EXPECT_EQ(child.exit_text(), "exit 3: cannot serve");
    }
}

TEST(ACommandThatGoesToTheBackground, EndsWithTheLastOfItsProcesses) {
    const Ready ready;
    const Ready last;
    // `$$` is the process of the command. Its guard has reaped it once kill(1) fails.
    const std::string background = "while kill -0 $$ 2>/dev/null; do sleep 0.01; done; " + ready.say() +
                                   "; read line <&" + std::to_string(last.ends[0]) + "; exit 3";
    const ChildProcess child(shell("(" + background + ") & exit 0", ChildKind::with_descendants));
    ASSERT_TRUE(wait_readable(ready.ends[0], soon()));
    EXPECT_EQ(child.exit_text(), "runs");
    EXPECT_EQ(child.processes().size(), 1u);
    ASSERT_EQ(::write(last.ends[1], "\n", 1), 1);
    ASSERT_TRUE(child.wait_for_end(soon()));
    EXPECT_EQ(child.exit_text(), "exit 3");
}

TEST(ACommandWithDescendants, HandlesTheSignalsThatItsGuardIgnores) {
    const Ready ready;
    ChildProcess child(shell("trap 'echo >&" + std::to_string(ready.ends[1]) + "; exit 4' TERM; " + ready.say() +
                                 "; while :; do sleep 0.01; done",
                             ChildKind::with_descendants));
    char byte = 0;
    ASSERT_EQ(::read(ready.ends[0], &byte, 1), 1);
    child.stop(60s);
    ASSERT_TRUE(wait_readable(ready.ends[0], posix::Clock::now()));
}

TEST(AWait, EndsWhenAStopIsRequested) {
    // Runs in a newly started process, because a stop request is permanent and a forked process shares it.
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto waits = [] {
        request_stop();
        try {
            wait_readable(STDIN_FILENO, std::nullopt);
        } catch (const Interrupted&) {
            ::_exit(42);
        }
    };
    EXPECT_EXIT(waits(), testing::ExitedWithCode(42), "");
}

}  // namespace
}  // namespace iomux::compare
