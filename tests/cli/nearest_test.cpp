#include "cli/nearest.hpp"

#include <gtest/gtest.h>

#include <array>

namespace iomux::cli {
namespace {

constexpr std::array<std::string_view, 6> servers{"select", "poll", "epoll", "epoll_edge", "io_uring", "pool"};

std::optional<std::string_view> nearest_server(std::string_view word) { return nearest(word, servers); }

TEST(Nearest, IsTheNameItself) { EXPECT_EQ(nearest_server("poll"), "poll"); }
TEST(Nearest, FindsAMissingCharacter) { EXPECT_EQ(nearest_server("selct"), "select"); }
TEST(Nearest, FindsAnExtraCharacter) { EXPECT_EQ(nearest_server("epolll"), "epoll"); }
TEST(Nearest, FindsAWrongCharacter) { EXPECT_EQ(nearest_server("selekt"), "select"); }
TEST(Nearest, CountsSwappedNeighboursAsOneError) { EXPECT_EQ(nearest_server("eslect"), "select"); }
TEST(Nearest, AllowsMoreErrorsInLongNames) { EXPECT_EQ(nearest_server("epoll-egde"), "epoll_edge"); }
TEST(Nearest, PrefersFewerErrors) { EXPECT_EQ(nearest_server("epool"), "epoll"); }
TEST(Nearest, IgnoresUpperAndLowerCase) {
    EXPECT_EQ(nearest_server("EPOLL"), "epoll");
    EXPECT_EQ(nearest_server("Epool"), "epoll");
    EXPECT_EQ(nearest_server("Io_Urnig"), "io_uring");
}
TEST(Nearest, PrefersTheFirstOfEquallyCloseNames) { EXPECT_EQ(nearest_server("pol"), "poll"); }

TEST(Nearest, IsNothingForAnUnrelatedWord) {
    for (const char* word : {"", "x", "telepathy", "kqueue", "sel", "io_uring_with_a_long_ending"})
        EXPECT_EQ(nearest_server(word), std::nullopt) << word;
}

TEST(Nearest, IsNothingForAShortNameThatSharesNoCharacter) {
    constexpr std::array<std::string_view, 2> units{"K", "ms"};
    EXPECT_EQ(nearest("x", units), std::nullopt);
    EXPECT_EQ(nearest("m", units), std::nullopt);
}

TEST(Nearest, IsNothingWithoutKnownNames) { EXPECT_EQ(nearest("epoll", {}), std::nullopt); }

TEST(DidYouMean, EndsAnErrorWithTheNearestName) {
    EXPECT_EQ("no server named \"epolll\"" + did_you_mean("epolll", servers),
              "no server named \"epolll\"; did you mean \"epoll\"?");
}
TEST(DidYouMean, IsEmptyIfNoNameIsClose) { EXPECT_EQ(did_you_mean("telepathy", servers), ""); }

TEST(NotOneOf, ListsTheAllowedNames) {
    constexpr std::array<std::string_view, 2> names{"fixed", "exponential"};
    EXPECT_EQ(not_one_of("often", names), "not one of fixed, exponential");
    EXPECT_EQ(not_one_of("exponetial", names), "not one of fixed, exponential; did you mean \"exponential\"?");
}

TEST(NotKnown, SuggestsTheNearestName) {
    EXPECT_EQ(not_known("server", "epolll", servers), "no server named \"epolll\"; did you mean \"epoll\"?");
}

TEST(NotKnown, ListsTheNamesIfNoneIsNear) {
    EXPECT_EQ(not_known("server", "telepathy", servers),
              "no server named \"telepathy\"; the servers are select, poll, epoll, epoll_edge, io_uring, pool");
}

}  // namespace
}  // namespace iomux::cli
