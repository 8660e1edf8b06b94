#include "compare/web/run_process.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <csignal>

#include "fixtures.hpp"

namespace iomux::compare::web {
namespace {

using namespace std::chrono_literals;

constexpr Patience usual{.with_silence = 60s, .with_end = 60s, .at_our_end = 60s};

// Runs a Python script instead of a comparison. The script waits for signals with sigwait, so it misses none.
class AProcessOfTheService : public testing::Test {
protected:
    void start(const std::string& script, ProcessListener listener, Patience patience = usual) {
        const std::string whole =
            "import os, signal\n"
            "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGUSR1])\n"
            "wait = lambda: signal.sigwait([signal.SIGTERM])\n"
            "say = lambda text: print(text, flush=True)\n" +
            script;
        process = launcher(context, {}, "/usr/bin/env", patience)({"python3", "-c", whole}, std::move(listener));
    }
    void expect_to_hang(const std::string& script) {
        Patience patience = usual;
        patience.with_silence = 500ms;
        start(script, remembering(), patience);
        context.run();
        EXPECT_EQ(ending, "the comparison hangs: no output for 0.5 s");
    }
    // Records the lines and the end of the process.
    ProcessListener remembering(std::function<void(std::string_view line)> said = {}) {
        return {.said =
                    [this, said](std::string_view line) {
                        lines.emplace_back(line);
                        if (said) said(line);
                    },
                .ended =
                    [this](std::optional<std::string> how) {
                        ending = how.value_or("well");
                        process.reset();
                    }};
    }

    boost::asio::io_context context;
    std::unique_ptr<RunningProcess> process;
    std::vector<std::string> lines;
    std::string ending;
};

TEST_F(AProcessOfTheService, IsReadToItsEnd) {
    start("say('one'); say('two')", remembering());
    context.run();
    EXPECT_EQ(lines, (std::vector<std::string>{"one", "two"}));
    EXPECT_EQ(ending, "well");
}

TEST_F(AProcessOfTheService, GetsOneSigtermHoweverOftenItIsAskedToEnd) {
    start(
        "say(os.getpid()); wait(); say('asked')\n"
        "signal.sigwait([signal.SIGUSR1]); say('again' if signal.SIGTERM in signal.sigpending() else 'no more')",
        remembering([this](std::string_view line) {
            process->ask_to_end();
            // Arrives after a second SIGTERM, if there was one.
            if (line == "asked") ::kill(std::stoi(lines.at(0)), SIGUSR1);
        }));
    context.run();
    EXPECT_EQ(lines.back(), "no more");
    EXPECT_EQ(ending, "well");
}

TEST_F(AProcessOfTheService, IsKilledIfItIgnoresSigterm) {
    Patience patience = usual;
    patience.with_end = 100ms;
    start("say('begun')\nwhile True: wait()", remembering([this](std::string_view) { process->ask_to_end(); }),
          patience);
    context.run();
    EXPECT_EQ(ending, "killed by SIGKILL");
}

TEST_F(AProcessOfTheService, CanCleanUpWhenTheServiceEnds) {
    const TemporaryFolder folder;
    const auto left = folder.path() / "left";
    start(fmt::format("os.mkdir('{0}'); say('begun'); wait(); os.rmdir('{0}')", left.string()),
          remembering([this](std::string_view) { context.stop(); }));
    context.run();
    ASSERT_TRUE(std::filesystem::exists(left));
    process.reset();
    EXPECT_FALSE(std::filesystem::exists(left));
}

TEST_F(AProcessOfTheService, DoesNotOutliveTheService) {
    Patience patience = usual;
    patience.at_our_end = 1ms;
    start("say(os.getpid())\nwhile True: wait()", remembering([this](std::string_view) { context.stop(); }), patience);
    context.run();
    process.reset();
    EXPECT_EQ(::kill(std::stoi(lines.at(0)), 0), -1);
}

TEST_F(AProcessOfTheService, IsEndedIfItIsSilentForTooLong) { expect_to_hang("say('begun'); wait()"); }

TEST_F(AProcessOfTheService, IsEndedIfItClosesItsOutputAndKeepsRunning) { expect_to_hang("os.close(1); wait()"); }

// Returns a function that destroys the process, and then stores whether the function itself still exists.
std::function<void()> destroyer(std::unique_ptr<RunningProcess>& process, bool& is_still_there) {
    auto held = std::make_shared<int>();
    return [&process, &is_still_there, held = std::move(held)] {
        bool& told = is_still_there;  // copied, because the captures may be destroyed
        const std::weak_ptr<int> watched = held;
        process.reset();
        told = !watched.expired();
    };
}

TEST_F(AProcessOfTheService, CanBeDestroyedInTheCallbackForALine) {
    bool is_still_there = false;
    start("say('line'); wait()", {.said = [destroy = destroyer(process, is_still_there)](auto) { destroy(); },
                                  .ended = [](const auto&) { FAIL() << "called after the listener was removed"; }});
    context.run();
    EXPECT_EQ(process, nullptr);
    EXPECT_TRUE(is_still_there);
}

TEST_F(AProcessOfTheService, CanBeDestroyedInTheCallbackForItsEnd) {
    bool is_still_there = false;
    start("", {.said = {}, .ended = [destroy = destroyer(process, is_still_there)](const auto&) { destroy(); }});
    context.run();
    EXPECT_EQ(process, nullptr);
    EXPECT_TRUE(is_still_there);
}

}  // namespace
}  // namespace iomux::compare::web
