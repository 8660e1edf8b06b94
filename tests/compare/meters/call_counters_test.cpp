#include "compare/meters/call_counters.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <latch>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

#include "compare/process/child_process.hpp"

namespace iomux::compare {
namespace {

// Calls without an effect that only these tests make.
void shut_nothing_down(int times) {
    for (int i = 0; i < times; ++i) ::syscall(SYS_shutdown, -1, 0);
}

class SystemCallsOfAProcess : public testing::Test {
protected:
    void SetUp() override {
        try {
            tracepoints_.emplace();
            counters_.emplace(*tracepoints_, self_);
        } catch (const std::system_error& why) {
            GTEST_SKIP() << why.what();
        }
    }

    const std::array<pid_t, 1> self_{::getpid()};
    std::optional<Tracepoints> tracepoints_;
    std::optional<CallCounters> counters_;
};

TEST_F(SystemCallsOfAProcess, AreCountedByName) {
    const CallCounts before = counters_->read();
    shut_nothing_down(1234);
    const CallCounts made = counters_->read() - before;
    EXPECT_EQ(made.by_name.at("shutdown"), 1234u);
    EXPECT_EQ(made.by_name.at("epoll_ctl"), 0u);
}

TEST_F(SystemCallsOfAProcess, AreAllCountedWhateverTheirNamesAre) {
    const CallCounts before = counters_->read();
    for (int i = 0; i < 1000; ++i) ::syscall(SYS_getppid);
    const CallCounts made = counters_->read() - before;
    EXPECT_GE(made.all, 1000u);
    EXPECT_FALSE(made.by_name.contains("getppid"));
}

TEST_F(SystemCallsOfAProcess, IncludeThoseOfThreadsThatHaveEnded) {
    const CallCounts before = counters_->read();
    std::thread(shut_nothing_down, 100).join();
    shut_nothing_down(10);
    EXPECT_EQ((counters_->read() - before).by_name.at("shutdown"), 110u);
}

TEST_F(SystemCallsOfAProcess, IncludeThoseOfThreadsThatExistedBefore) {
    std::array<int, 2> go{};
    ASSERT_EQ(::pipe(go.data()), 0);
    std::thread early([&] {
        char nothing = 0;
        EXPECT_EQ(::read(go[0], &nothing, 1), 1);
        shut_nothing_down(100);
    });
    const CallCounters counters(*tracepoints_, self_);
    EXPECT_EQ(::write(go[1], "", 1), 1);
    early.join();
    EXPECT_EQ(counters.read().by_name.at("shutdown"), 100u);
    ::close(go[0]);
    ::close(go[1]);
}

TEST_F(SystemCallsOfAProcess, IncludeThoseOfThreadsThatStartMeanwhile) {
    constexpr int threads = 8;
    for (int attempt = 0; attempt < 10; ++attempt) {
        std::latch counted(1);
        std::jthread first([&] {
            std::vector<std::jthread> others;
            for (int i = 0; i < threads; ++i)
                others.emplace_back([&] {
                    counted.wait();
                    shut_nothing_down(100);
                });
        });
        const CallCounters counters(*tracepoints_, self_);
        counted.count_down();
        first.join();
        EXPECT_EQ(counters.read().by_name.at("shutdown"), 100u * threads);
    }
}

TEST_F(SystemCallsOfAProcess, IncludeThoseOfProcessesThatItStarts) {
    const CallCounts before = counters_->read();
    const ChildProcess child({.words = {"/bin/true"}});
    ASSERT_TRUE(child.wait_for_end(posix::Clock::now() + std::chrono::seconds(10)));
    EXPECT_GT((counters_->read() - before).all, 0u);
}

TEST_F(SystemCallsOfAProcess, LeaveTheLimitOnDescriptorsUnchanged) {
    counters_.reset();
    const std::size_t before = posix::descriptor_limit();
    {
        const CallCounters counters(*tracepoints_, self_);
        EXPECT_GE(posix::descriptor_limit(), before);
    }
    EXPECT_EQ(posix::descriptor_limit(), before);
}

}  // namespace
}  // namespace iomux::compare
