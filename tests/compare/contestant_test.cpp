#include "compare/contestant.hpp"

#include <gtest/gtest.h>

#include "cli/program.hpp"
#include "compare/programs.hpp"

namespace iomux::compare {
namespace {

constexpr const char* list = R"([
    {"name": "minimal", "family": "readiness", "summary": "the floor", "needs": "Linux", "guarded": false,
     "descriptor_ceiling": 0, "unavailable": null},
    {"name": "select", "family": "readiness", "summary": "bitmaps", "needs": "Linux", "guarded": true,
     "descriptor_ceiling": 1024, "unavailable": null},
    {"name": "uring", "family": "completion", "summary": "rings", "needs": "Linux 6", "guarded": true,
     "descriptor_ceiling": 0, "unavailable": "the kernel forbids it"}])";

std::vector<Contestant> registry() { return parse_list("/bin/iomux-raw", list); }

TEST(Registry, IsReadFromTheProgramsList) {
    const std::vector<Contestant> servers = registry();
    ASSERT_EQ(servers.size(), 3u);
    EXPECT_EQ(servers[0].name, "minimal");
    EXPECT_FALSE(servers[0].guarded);
    EXPECT_EQ(servers[1].descriptor_ceiling, 1024u);
    EXPECT_EQ(servers[2].unavailable, "the kernel forbids it");
}

TEST(Registry, ThatIsNotUnderstoodIsAnError) {
    EXPECT_THROW(parse_list("x", ""), std::runtime_error);
    EXPECT_THROW(parse_list("x", "{}"), std::runtime_error);
    EXPECT_THROW(parse_list("x", R"([{"name": "epoll"}])"), std::runtime_error);
}

TEST(AContestantOfTheRegistry, IsToldItsWorkAndLetsTheKernelPickThePort) {
    Work work;
    work.framing = protocol::Framing::line;
    const std::vector<std::string> expected{"/bin/iomux-raw", "select", "--port",    "0",
                                            "--service",      "echo",   "--framing", "line"};
    EXPECT_EQ(registry()[1].command(work, 0), expected);
}

TEST(AContestantOfTheRegistry, IsAllowedMessagesAsLongAsTheWorks) {
    Work work;
    work.framing = protocol::Framing::length;
    work.size = 1 << 20;
    const std::vector<std::string> command = registry()[1].command(work, 0);
    ASSERT_GE(command.size(), 2u);
    EXPECT_EQ(command[command.size() - 2], "--max-message");
    EXPECT_EQ(command.back(), "1048576");
}

TEST(AContestant, IsSkippedWhereItDoesNotRun) {
    EXPECT_EQ(registry()[2].reason_to_skip(Work()), "the kernel forbids it");
}

TEST(AContestant, WithoutGuardsOnlyEchoesChunks) {
    Work work;
    EXPECT_EQ(registry()[0].reason_to_skip(work), std::nullopt);
    work.service = protocol::Service::suffix;
    EXPECT_EQ(registry()[0].reason_to_skip(work), "only echoes chunks");
}

TEST(AContestant, IsSkippedWhereThereAreMoreConnectionsThanItsDescriptors) {
    Work work;
    work.connections = 900;
    EXPECT_EQ(registry()[1].reason_to_skip(work), std::nullopt);
    work.idle = 200;
    EXPECT_EQ(registry()[1].reason_to_skip(work), "serves descriptors below 1024 only");
}

TEST(ABroughtServer, IsAShellCommandWithThePortInItsPlaces) {
    const Contestant server = parse_brought("mine=PORT={port} ./serve --a=b 127.0.0.1:{port}");
    EXPECT_EQ(server.name, "mine");
    const std::vector<std::string> expected{"/bin/sh", "-c", "PORT=4711 ./serve --a=b 127.0.0.1:4711"};
    EXPECT_EQ(server.command(Work(), 4711), expected);
}

TEST(ABroughtServer, NeedsANameACommandAndAPort) {
    for (const char* text : {"", "mine", "=serve {port}", "mine=serve 8080", "{port}=serve"})
        EXPECT_THROW(parse_brought(text), cli::UsageError) << text;
}

TEST(Choosing, KeepsTheOrderOfTheNames) {
    const std::vector<Contestant> chosen = choose(registry(), {"uring", "minimal"});
    ASSERT_EQ(chosen.size(), 2u);
    EXPECT_EQ(chosen[0].name, "uring");
    EXPECT_EQ(chosen[1].name, "minimal");
}

TEST(Choosing, AnUnknownNameIsAnsweredWithTheKnownOnes) {
    try {
        choose(registry(), {"epol"});
        FAIL() << "no error";
    } catch (const cli::UsageError& error) {
        EXPECT_STREQ(error.what(), "there is no server 'epol': one of minimal, select, uring");
    }
}

TEST(Choosing, ANameTwiceIsAnError) { EXPECT_THROW(choose(registry(), {"select", "select"}), cli::UsageError); }

TEST(AProgram, IsSoughtBesideUsAndThenInItsFolderOfTheBuild) {
    const std::vector<std::filesystem::path> expected{"/b/src/compare/iomux-raw", "/b/raw/iomux-raw"};
    EXPECT_EQ(places_of(raw_servers, "/b/src/compare"), expected);
}

}  // namespace
}  // namespace iomux::compare
