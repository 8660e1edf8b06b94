#include "compare/process/process_tree.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "compare/process/child_process.hpp"

namespace iomux::compare {
namespace {

TEST(AllProcesses, AreThisOneAndItsChildrenEachOnceInAscendingOrder) {
    const ChildProcess child({.words = {"/bin/sleep", "1000"}});
    const std::vector<pid_t> all = all_processes();
    for (const pid_t process : {::getpid(), child.pid()}) EXPECT_EQ(std::ranges::count(all, process), 1);
    EXPECT_EQ(std::ranges::adjacent_find(all, std::greater_equal<>()), all.end());
}

TEST(AProcessThatWaitsToBeReaped, IsADescendantOnlyIfItIsAskedFor) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) ::_exit(0);
    siginfo_t info{};
    ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
    EXPECT_EQ(std::ranges::count(family_of(child, Zombies::listed), child), 1);
    EXPECT_EQ(std::ranges::count(family_of(child, Zombies::left_out), child), 0);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    EXPECT_EQ(std::ranges::count(family_of(child, Zombies::listed), child), 0);
}

}  // namespace
}  // namespace iomux::compare
