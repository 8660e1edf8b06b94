#include "compare/servers/selection.hpp"

#include <gtest/gtest.h>

#include "cli/program.hpp"

namespace iomux::compare {
namespace {

ServerSpec server(const char* program, const char* name) { return {.name = name, .path = "x", .program = program}; }

std::vector<ServerSpec> all_servers() {
    std::vector<ServerSpec> all{server("raw", "epoll"), server("raw", "blocking"), server("asio", "callbacks"),
                                server("asio", "blocking"), server("asio-select", "callbacks")};
    all.push_back({.name = "mine", .path = "serve {port}", .origin = Origin::brought});
    all.push_back({.name = "running", .path = "1@127.0.0.1:80", .origin = Origin::attached});
    mark_overshadowed(all);
    return all;
}

std::vector<ServerSpec> chosen(const char* text) { return choose(all_servers(), parse_selections(text)); }

std::vector<std::string> titles_of(const std::vector<ServerSpec>& specs) {
    std::vector<std::string> titles;
    for (const ServerSpec& spec : specs) titles.push_back(spec.title());
    return titles;
}

std::string refusal_of(const char* text) {
    try {
        chosen(text);
        return "";
    } catch (const cli::UsageError& error) {
        return error.what();
    }
}

TEST(Choosing, KeepsTheOrderOfTheNames) {
    EXPECT_EQ(titles_of(chosen("callbacks,epoll")), (std::vector<std::string>{"callbacks", "epoll"}));
}

TEST(Choosing, TakesTheFirstProgramThatHasTheName) {
    EXPECT_EQ(chosen("blocking").front().program, "raw");
    EXPECT_EQ(chosen("callbacks").front().program, "asio");
}

TEST(Choosing, TakesTheProgramOfAFullName) {
    EXPECT_EQ(chosen("asio/blocking").front().program, "asio");
    EXPECT_EQ(chosen("asio-select/callbacks").front().program, "asio-select");
}

TEST(ATitle, IsTheShortestNameThatSelectsTheServer) {
    EXPECT_EQ(titles_of(chosen("raw/blocking,asio/blocking,asio/callbacks,asio-select/callbacks,mine")),
              (std::vector<std::string>{"blocking", "asio/blocking", "callbacks", "asio-select/callbacks", "mine"}));
}

TEST(ATitle, ShowsTheOptions) {
    EXPECT_EQ(titles_of(chosen("epoll,epoll --threads 2 --accept shared")),
              (std::vector<std::string>{"epoll", "epoll --threads 2 --accept shared"}));
}

TEST(Choosing, RepeatsAServerIfThatIsAllowed) {
    EXPECT_EQ(refusal_of("epoll,raw/epoll"), "--servers: \"epoll\" is listed twice");
    EXPECT_EQ(titles_of(choose(all_servers(), parse_selections("epoll,raw/epoll"), Repeats::allowed)),
              (std::vector<std::string>{"epoll", "epoll"}));
    EXPECT_THROW(choose(all_servers(), parse_selections("running,running"), Repeats::allowed), cli::UsageError)
        << "one process cannot be two servers";
}

TEST(Choosing, GivesTheOptionsAfterANameOnlyToThatServer) {
    const std::vector<ServerSpec> servers = chosen("epoll --threads 2, callbacks");
    EXPECT_EQ(servers[0].options, (std::vector<std::string>{"--threads", "2"}));
    EXPECT_TRUE(servers[1].options.empty());
}

TEST(Choosing, ReportsTheKnownNamesForAnUnknownName) {
    EXPECT_EQ(refusal_of("telepathy"),
              "no server named \"telepathy\"; the servers are epoll, blocking, callbacks, asio/blocking, "
              "asio-select/callbacks, mine, running");
}

TEST(Choosing, SuggestsTheNameThatWasMeant) {
    EXPECT_EQ(refusal_of("epol"), "no server named \"epol\"; did you mean \"epoll\"?");
    EXPECT_EQ(refusal_of("raw/epolll"), "no server named \"raw/epolll\"; did you mean \"raw/epoll\"?");
    EXPECT_EQ(refusal_of("raw/callbacks"), "no server named \"raw/callbacks\"; did you mean \"callbacks\"?");
}

TEST(Choosing, SuggestsTheServerOfAnotherProgram) {
    EXPECT_EQ(refusal_of("asio/epoll"), "no server named \"asio/epoll\"; did you mean \"epoll\"?");
    EXPECT_EQ(refusal_of("asio-io_uring/callbacks"),
              "no server named \"asio-io_uring/callbacks\"; did you mean \"callbacks\"?");
}

TEST(Choosing, SuggestsTheServerOfAnotherFormOfItsName) {
    EXPECT_EQ(refusal_of("EPOLL"), "no server named \"EPOLL\"; did you mean \"epoll\"?");
    EXPECT_EQ(refusal_of("iomux-asio/blocking"),
              "no server named \"iomux-asio/blocking\"; did you mean \"asio/blocking\"?");
    EXPECT_EQ(refusal_of("iomux-epoll"), "no server named \"iomux-epoll\"; did you mean \"epoll\"?");
}

TEST(Choosing, ListsTheServersOfAProgram) {
    for (const char* name : {"asio", "iomux-asio"})
        EXPECT_EQ(refusal_of(name), fmt::format("no server named \"{}\"; the servers of this program are callbacks, "
                                                "asio/blocking",
                                                name));
}

TEST(Choosing, RejectsTheSameServerTwice) {
    EXPECT_EQ(refusal_of("epoll,raw/epoll"), "--servers: \"epoll\" is listed twice");
    EXPECT_EQ(refusal_of("epoll --threads 2,epoll --threads 2"), "--servers: \"epoll --threads 2\" is listed twice");
}

TEST(Choosing, RejectsOptionsThatTheComparisonSetsItself) {
    EXPECT_EQ(refusal_of("epoll --port 80"), "--servers: --port does not apply to \"epoll\": iomux-compare sets it");
    EXPECT_EQ(refusal_of("epoll --service=echo"),
              "--servers: --service=echo does not apply to \"epoll\": iomux-compare sets it");
}

TEST(Choosing, RejectsOptionsOfABroughtServer) {
    EXPECT_EQ(refusal_of("mine --threads 2"), "put the options of \"mine\" into its --server command");
}

TEST(Choosing, RejectsOptionsOfAnAttachedServer) {
    EXPECT_EQ(refusal_of("running --threads 2"), "\"running\" is already running, so it takes no options");
}

TEST(Choosing, RejectsAnEmptyEntry) {
    for (const char* text : {"", ",", "epoll,,callbacks", "epoll, --threads 2"})
        EXPECT_NE(refusal_of(text), "") << text;
    for (const char* text : {"epoll,", ",epoll", "epoll,,poll"})
        EXPECT_EQ(refusal_of(text), fmt::format("--servers: \"{}\" has an empty entry", text));
}

}  // namespace
}  // namespace iomux::compare
