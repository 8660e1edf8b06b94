#include "compare/meters/thread_limit.hpp"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <iterator>

namespace iomux::compare {
namespace {

TEST(TheCgroupsOfAProcess, AreItsOwnAndThoseAboveIt) {
    EXPECT_EQ(parse_cgroups("0::/user.slice/a.scope\n", "/c"),
              (std::vector<std::string>{"/c/user.slice/a.scope", "/c/user.slice", "/c"}));
    EXPECT_EQ(parse_cgroups("0::/\n", "/c"), std::vector<std::string>{"/c"});
}

TEST(TheCgroupsOfAProcess, AreThoseOfTheControllerOfThreads) {
    EXPECT_EQ(parse_cgroups("12:cpu,cpuacct:/other\n5:pids:/docker/77\n", "/c"),
              (std::vector<std::string>{"/c/docker/77", "/c/docker", "/c"}));
    EXPECT_TRUE(parse_cgroups("", "/c").empty());
    EXPECT_TRUE(parse_cgroups("0:", "/c").empty());
}

TEST(TheLowestThreadLimit, IsKnownOnThisMachine) {
    const std::optional<ThreadLimit> limit = lowest_thread_limit();
    ASSERT_TRUE(limit);
    EXPECT_GT(limit->left, 0u);
    EXPECT_FALSE(limit->name.empty());
}

std::size_t threads_of_this_process() {
    const std::filesystem::directory_iterator threads("/proc/self/task");
    return static_cast<std::size_t>(std::distance(begin(threads), end(threads)));
}

TEST(TheThreadsOfAUser, AreCountedOnceEach) {
    if (::getuid() != 0) GTEST_SKIP() << "only root can start a process of a user that has no others";
    constexpr uid_t user = 0x7ffffff0;
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        // Otherwise /proc shows root as the owner of a process that has changed its user.
        if (::setuid(user) < 0 || ::prctl(PR_SET_DUMPABLE, 1) < 0) ::_exit(2);
        // It has one thread, or two if the thread sanitizer has started its own.
        ::_exit(threads_of_user(user) == threads_of_this_process() ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace iomux::compare
