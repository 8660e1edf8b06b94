#include "compare/meters/thread_limit.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace iomux::compare
