#include "compare/servers/server_spec.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>

#include "cli/program.hpp"
#include "compare/process/child_process.hpp"
#include "compare/servers/programs.hpp"

namespace iomux::compare {
namespace {

constexpr const char* list = R"([
    {"name": "minimal", "family": "readiness", "summary": "the floor", "needs": "Linux", "guarded": false,
     "datagrams": true, "descriptor_ceiling": 0, "usual_max_connections": 0, "usual_threads": 1, "options": [], "unavailable": null},
    {"name": "select", "family": "readiness", "summary": "bitmaps", "needs": "Linux", "guarded": true,
     "datagrams": true, "descriptor_ceiling": 1024, "usual_max_connections": 0, "usual_threads": 1, "options": [], "unavailable": null},
    {"name": "pool", "family": "blocking", "summary": "some threads", "needs": "Linux", "guarded": true,
     "datagrams": true, "descriptor_ceiling": 0, "usual_max_connections": 4096, "usual_threads": null, "options": ["workers", "queue"],
     "unavailable": null},
    {"name": "uring", "family": "completion", "summary": "rings", "needs": "Linux 6", "guarded": true,
     "datagrams": true, "descriptor_ceiling": 0, "usual_max_connections": 0, "usual_threads": 2, "options": ["ring-plain"],
     "unavailable": "the kernel forbids it"}])";

std::vector<ServerSpec> registry() { return parse_list("/bin/iomux-raw", "raw", list); }

// The server with this name.
ServerSpec server(std::string_view name) {
    const std::vector<ServerSpec> all = registry();
    return *std::ranges::find(all, name, &ServerSpec::name);
}

// Whether the command contains these words in sequence.
bool has(const std::vector<std::string>& command, const std::vector<std::string>& words) {
    return std::search(command.begin(), command.end(), words.begin(), words.end()) != command.end();
}

TEST(Registry, IsReadFromTheProgramsList) {
    const std::vector<ServerSpec> servers = registry();
    ASSERT_EQ(servers.size(), 4u);
    EXPECT_EQ(servers[0].name, "minimal");
    EXPECT_FALSE(servers[0].guarded);
    EXPECT_EQ(servers[1].descriptor_ceiling, 1024u);
    EXPECT_TRUE(servers[1].datagrams);
    EXPECT_EQ(servers[2].usual_max_connections, 4096u);
    EXPECT_EQ(servers[2].own_options, (std::vector<std::string>{"workers", "queue"}));
    EXPECT_EQ(servers[2].usual_threads, std::nullopt);
    EXPECT_EQ(servers[3].usual_threads, 2u);
    EXPECT_EQ(servers[3].unavailable, "the kernel forbids it");
}

TEST(Registry, ThatIsMalformedIsAnError) {
    EXPECT_THROW(parse_list("x", "raw", ""), std::runtime_error);
    EXPECT_THROW(parse_list("x", "raw", "{}"), std::runtime_error);
    EXPECT_THROW(parse_list("x", "raw", R"([{"name": "epoll"}])"), std::runtime_error);
}

TEST(ARegistryServer, GetsItsWorkAsOptionsAndLetsTheKernelChooseThePort) {
    Work work;
    work.framing = protocol::Framing::line;
    const std::vector<std::string> expected{"/bin/iomux-raw", "select", "--port",    "0",
                                            "--service",      "echo",   "--framing", "line"};
    EXPECT_EQ(server("select").command(work, 0), expected);
}

TEST(ARegistryServer, AllowsMessagesAsLongAsThoseOfTheWork) {
    Work work;
    work.framing = protocol::Framing::length;
    work.size = 1 << 20;
    const std::vector<std::string> command = server("select").command(work, 0);
    ASSERT_GE(command.size(), 2u);
    EXPECT_EQ(command[command.size() - 2], "--max-message");
    EXPECT_EQ(command.back(), "1048576");
}

TEST(AServerSpec, IsSkippedIfItCannotRun) {
    EXPECT_EQ(server("uring").reason_to_skip(Work()), "the kernel forbids it");
}

TEST(AServerSpec, WithoutGuardsSupportsOnlyChunkEcho) {
    Work work;
    EXPECT_EQ(server("minimal").reason_to_skip(work), std::nullopt);
    work.service = protocol::Service::suffix;
    EXPECT_EQ(server("minimal").reason_to_skip(work), "supports only --service echo with --framing chunk");
}

TEST(AServerSpec, IsSkippedIfThereAreMoreConnectionsThanItsDescriptors) {
    Work work;
    work.connections = 900;
    EXPECT_EQ(server("select").reason_to_skip(work), std::nullopt);
    work.idle = 200;
    EXPECT_EQ(server("select").reason_to_skip(work), "supports only descriptors below 1,024");
}

TEST(AServerSpec, IsSkippedIfItsOwnLimitOnConnectionsIsBelowTheLoad) {
    ServerSpec limited = server("select");
    Work work;
    work.connections = 5;
    for (const std::vector<std::string>& options :
         {std::vector<std::string>{"--max-connections", "5"}, {"--max-connections=5"}}) {
        limited.options = options;
        work.idle = 0;
        EXPECT_EQ(limited.reason_to_skip(work), std::nullopt);
        EXPECT_LE(limited.idle_connections(work), 5u);
        work.idle = 1;
        EXPECT_EQ(limited.reason_to_skip(work), "serves at most 5 connections (--max-connections), and the load has 6");
    }
    limited.options = {"--max-connections", "many"};
    EXPECT_EQ(limited.reason_to_skip(work), std::nullopt) << "the server itself rejects it";
}

TEST(AServerSpec, RaisesTheLimitOnClientsToTheConnectionsOfTheWork) {
    ServerSpec blocking = server("select");
    blocking.usual_max_connections = 4096;
    Work work;
    EXPECT_FALSE(has(blocking.command(work, 0), {"--max-connections"}));
    work.idle_memory = 10'000;
    EXPECT_TRUE(has(blocking.command(work, 0), {"--max-connections", "10001"}));
    work.connections = 20'000;
    EXPECT_TRUE(has(blocking.command(work, 0), {"--max-connections", "20000"}));
}

TEST(AServerSpec, KeepsTheLimitThatTheUserSets) {
    ServerSpec blocking = server("select");
    blocking.usual_max_connections = 4096;
    blocking.options = {"--max-connections=10"};
    EXPECT_FALSE(has(blocking.command({.connections = 5000}, 0), {"--max-connections"}));
}

TEST(AServerSpec, WithAQueueHasRoomForAllConnections) {
    EXPECT_TRUE(has(server("pool").command({.connections = 2000}, 0), {"--queue", "2000"}));
    ServerSpec pool = server("pool");
    pool.options = {"--queue", "1"};
    EXPECT_FALSE(has(pool.command({.connections = 2000}, 0), {"--queue", "2000"}));
}

TEST(AServerSpec, HasTheUsersOptionsAfterThoseOfTheComparison) {
    ServerSpec select = server("select");
    select.options = {"--threads", "2"};
    EXPECT_TRUE(has(select.command(Work(), 0), {"--framing", "chunk", "--threads", "2"}));
}

TEST(AServerSpec, HasAsManyThreadsAsItsOptionsSay) {
    ServerSpec uring = server("uring");
    EXPECT_EQ(uring.threads(), 2u);
    uring.options = {"--threads", "3"};
    EXPECT_EQ(uring.threads(), 3u);
    uring.options = {"--threads=4"};
    EXPECT_EQ(uring.threads(), 4u);
    EXPECT_EQ(server("pool").threads(), std::nullopt);
}

TEST(AServerSpec, MeasuresMemoryWithAsManyConnectionsAsItSupports) {
    const Work work{.idle_memory = 10'000};
    EXPECT_EQ(server("pool").idle_connections(work), 10'000u);
    EXPECT_LT(server("select").idle_connections(work), 1024u);
    EXPECT_EQ(server("select").idle_connections({.idle_memory = 100}), 100u);
}

TEST(ABroughtServer, IsAShellCommandThatContainsThePort) {
    const ServerSpec server = parse_brought("mine=PORT={port} ./serve --a=b 127.0.0.1:{port}");
    EXPECT_EQ(server.name, "mine");
    const std::vector<std::string> expected{"/bin/sh", "-c", "PORT=4711 ./serve --a=b 127.0.0.1:4711"};
    EXPECT_EQ(server.command(Work(), 4711), expected);
}

TEST(ARegistryServer, ListensOnAUnixSocketIfTheWorkUsesOne) {
    const std::vector<std::string> command = server("select").command({.unix_socket = true}, 0, "/run/a socket");
    EXPECT_TRUE(has(command, {"select", "--unix", "/run/a socket"}));
    EXPECT_FALSE(has(command, {"--port"}));
}

TEST(ABroughtServer, ContainsThePathOfAUnixSocket) {
    const ServerSpec server = parse_brought("mine=serve --at {unix}");
    EXPECT_EQ(server.command({.unix_socket = true}, 0, "/run/socket").back(), "serve --at /run/socket");
}

TEST(ABroughtServer, IsSkippedIfItsCommandHasNoPlaceForTheAddress) {
    const Work over_tcp, over_unix{.unix_socket = true};
    const ServerSpec tcp = parse_brought("mine=serve {port}"), unix_socket = parse_brought("mine=serve {unix}");
    EXPECT_EQ(tcp.reason_to_skip(over_tcp), std::nullopt);
    EXPECT_EQ(tcp.reason_to_skip(over_unix), "has no {unix} in its command");
    EXPECT_EQ(unix_socket.reason_to_skip(over_unix), std::nullopt);
    EXPECT_EQ(unix_socket.reason_to_skip(over_tcp), "has no {port} in its command");
}

TEST(ABroughtServer, NeedsANameACommandAndAPort) {
    for (const char* text : {"", "mine", "=serve {port}", "mine=serve 8080", "{port}=serve"})
        EXPECT_THROW(parse_brought(text), cli::UsageError) << text;
}

TEST(ABroughtServer, IsNotAServerOfTheProject) {
    try {
        parse_brought("epoll");
        FAIL();
    } catch (const cli::UsageError& error) {
        EXPECT_STREQ(error.what(),
                     "--server \"epoll\": expected NAME=COMMAND, a server of yours; --servers chooses servers of this "
                     "project");
    }
}

TEST(AServerOfTheUsers, CannotHaveTheNameThatSelectsAll) {
    EXPECT_THROW(parse_brought("all=serve {port}"), cli::UsageError);
    EXPECT_THROW(parse_attached(fmt::format("all={}@[::1]:4711", ::getpid())), cli::UsageError);
    EXPECT_NO_THROW(parse_brought("all-of-mine=serve {port}"));
}

TEST(AnAttachedServer, IsAProcessAndItsAddress) {
    const ServerSpec server = parse_attached(fmt::format("mine={}@[::1]:4711", ::getpid()));
    EXPECT_EQ(server.name, "mine");
    EXPECT_EQ(server.origin, Origin::attached);
    EXPECT_EQ(server.attachment->process->pid(), ::getpid());
    EXPECT_EQ(server.attachment->host, "::1");
    EXPECT_EQ(server.attachment->port, 4711);
}

TEST(AnAttachedServer, NeedsANameAProcessAHostAndAPort) {
    for (const char* text :
         {"", "mine", "mine=1", "mine=1@127.0.0.1", "mine=@127.0.0.1:80", "=1@127.0.0.1:80", "mine=1@:80",
          "mine=x@127.0.0.1:80", "mine=0@127.0.0.1:80", "mine=1@127.0.0.1:0", "mine=1@127.0.0.1:65536"})
        EXPECT_THROW(parse_attached(text), cli::UsageError) << text;
}

TEST(AnAttachedServer, IsRejectedIfTheProcessDoesNotExist) {
    pid_t gone = 0;
    {
        const ChildProcess child({.words = {"/bin/true"}});
        gone = child.pid();
    }
    try {
        parse_attached(fmt::format("mine={}@127.0.0.1:80", gone));
        FAIL();
    } catch (const cli::UsageError& error) {
        EXPECT_EQ(std::string(error.what()),
                  fmt::format("--attach \"mine={0}@127.0.0.1:80\": no process has the ID {0}: "
                              "No such process",
                              gone));
    }
}

TEST(AnAttachedServer, SupportsOnlyTcpConnectionsWithoutWork) {
    const ServerSpec server = parse_attached(fmt::format("mine={}@127.0.0.1:80", ::getpid()));
    EXPECT_EQ(server.reason_to_skip({}), std::nullopt);
    EXPECT_EQ(server.reason_to_skip({.simulated_work = "busy:1us"}), "does not support --work");
    EXPECT_EQ(server.reason_to_skip({.datagrams = true}), "does not support UDP (--udp)");
    EXPECT_EQ(server.reason_to_skip({.unix_socket = true}), "listens on a TCP port, not on a Unix socket (--unix)");
}

TEST(ARunningProcess, HasAFamilyOfAllItsDescendants) {
    ChildProcess shell({.words = {"/bin/sh", "-c", "sleep 1000 & echo started; wait"}});
    ASSERT_EQ(shell.read_line(std::nullopt), "started");
    const RunningProcess process(shell.pid());
    const std::vector<pid_t> family = process.family();
    EXPECT_EQ(family.size(), 2u);
    EXPECT_EQ(family.front(), shell.pid());
    shell.stop(std::chrono::milliseconds(0));
    EXPECT_TRUE(process.wait_for_end(std::nullopt));
    EXPECT_TRUE(process.family().empty());
}

TEST(AStartTimeout, IsThatOfEveryBroughtServer) {
    using namespace std::chrono_literals;
    std::vector<ServerSpec> brought{parse_brought("one=serve {port}"), parse_brought("two=serve {port}")};
    EXPECT_EQ(brought[0].start_timeout, 5s);
    set_start_timeout(brought, 90s);
    for (const ServerSpec& spec : brought) EXPECT_EQ(spec.start_timeout, 90s);
}

TEST(AStartTimeout, IsRefusedIfItIsZeroOrHasNoServer) {
    using namespace std::chrono_literals;
    std::vector<ServerSpec> brought;
    EXPECT_THROW(set_start_timeout(brought, 1s), cli::UsageError);
    brought.push_back(parse_brought("one=serve {port}"));
    EXPECT_THROW(set_start_timeout(brought, 0s), cli::UsageError);
}

TEST(AProgram, IsSearchedInTheFolderOfThisProgramAndThenInTheBuild) {
    const std::vector<std::filesystem::path> expected{"/b/src/compare/iomux-raw", "/b/raw/iomux-raw"};
    EXPECT_EQ(places_of(server_programs.front().program, "/b/src/compare"), expected);
}

TEST(AProgram, GivesItsServersTheFirstPartOfTheirFullNames) {
    std::vector<std::string_view> names;
    for (const ServerProgram& one : server_programs) names.push_back(one.program.short_name());
    EXPECT_EQ(names, (std::vector<std::string_view>{"raw", "asio", "asio-select", "asio-io_uring"}));
}

}  // namespace
}  // namespace iomux::compare
