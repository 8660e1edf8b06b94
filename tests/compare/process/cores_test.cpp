#include "compare/process/cores.hpp"

#include <gtest/gtest.h>

#include <array>

#include "cli/program.hpp"

namespace iomux::compare {
namespace {

constexpr std::array four{0, 2, 4, 6};

TEST(Cores, AreTheLastForTheServerAndTheFirstForTheLoad) {
    const Cores cores = choose_cores(four);
    EXPECT_EQ(cores.server, std::vector{6});
    EXPECT_EQ(cores.load, std::vector{0});
    EXPECT_EQ(cores.text(), "server on core 6, load on core 0");
}

TEST(Cores, AreNotPinnedIfThereIsOnlyOne) {
    const Cores cores = choose_cores(std::array{3});
    EXPECT_FALSE(cores.are_apart());
    EXPECT_TRUE(cores.server.empty());
    EXPECT_TRUE(cores.load.empty());
}

TEST(Cores, OfTheServerAreNotUsedByTheLoad) {
    const Cores cores = choose_cores(four, {0, 4});
    EXPECT_EQ(cores.load, std::vector{2});
    EXPECT_TRUE(cores.are_apart());
    EXPECT_EQ(cores.text(), "server on cores 0 and 4, load on core 2");
}

TEST(Cores, AreSharedIfTheServerHasAll) {
    const Cores cores = choose_cores(std::array{0, 1}, {0, 1});
    EXPECT_FALSE(cores.are_apart());
    EXPECT_TRUE(cores.load.empty());
    EXPECT_EQ(cores.text(), "server on cores 0 and 1, shared with the load, so throughput and latency depend on both");
}

TEST(Cores, OfTheLoadAreAsManyAsItsThreadsIfPossible) {
    EXPECT_EQ(choose_cores(four, 2).load, (std::vector{0, 2}));
    EXPECT_EQ(choose_cores(four, {0}, 2).load, (std::vector{2, 4}));
    const Cores all = choose_cores(four, 8);
    EXPECT_EQ(all.load, (std::vector{0, 2, 4}));
    EXPECT_EQ(all.text(), "server on core 6, load on cores 0 and 2 and 4");
    EXPECT_EQ(choose_cores(std::array{0, 1}, 4).load, std::vector{0});
}

TEST(Cores, AreSelectedByNumber) {
    EXPECT_EQ(parse_cores("4,0", four), (std::vector{4, 0}));
    EXPECT_EQ(parse_cores("all", four), (std::vector{0, 2, 4, 6}));
}

TEST(Cores, ThatAreNotAvailableAreAnError) {
    for (const char* text : {"", "1", "0,0", "0,x", "-1", "0,,2", "0,", ",0"})
        EXPECT_THROW(parse_cores(text, four), cli::UsageError) << text;
}

}  // namespace
}  // namespace iomux::compare
