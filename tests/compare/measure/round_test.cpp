#include "compare/measure/round.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>

#include "compare/comparison/comparison.hpp"
#include "compare/measure/load_report.hpp"
#include "compare/process/temporary_folder.hpp"
#include "posix/limits.hpp"
#include "posix/socket.hpp"

namespace iomux::compare {
namespace {

namespace fs = std::filesystem;

constexpr const char* healthy_server = "echo listening on 127.0.0.1:1; exec sleep 1000";
constexpr const char* report =
    R"({"messages": 2000, "messages_per_second": 1000.5, "cpu_share": 0.25, "errors": 0, "error": null,
        "starved": 0, "latency_us": {"p50": 1, "p99": 2, "p99_9": 3, "mean": 1.5}})";

// Servers and load generators are scripts here. These tests cover how a comparison interprets their output.
class ARound : public testing::Test {
protected:
    ARound() {
        setup_.load_program = script("load", "echo measuring; echo measured; echo '" + std::string(report) + "'");
    }

    fs::path script(const std::string& name, const std::string& body) {
        const fs::path path = folder_ / name;
        std::ofstream(path) << "#!/bin/sh\n" << body << "\n";
        EXPECT_EQ(::chmod(path.c_str(), 0700), 0);
        return path;
    }
    ServerSpec server(const std::string& name, const std::string& body) {
        return {.name = name, .path = script(name, body)};
    }
    std::string failure_of(const ServerSpec& spec) {
        try {
            run_round(spec, setup_);
            return "";
        } catch (const std::exception& error) {
            return error.what();
        }
    }

    const TemporaryFolder temporary_;
    const fs::path folder_ = temporary_.path();
    TestSetup setup_;
};

TEST_F(ARound, TakesTheLoadGeneratorsFigures) {
    const Round round = run_round(server("well", healthy_server), setup_);
    EXPECT_EQ(round.messages, 2000);
    EXPECT_EQ(round.messages_per_second, 1000.5);
    EXPECT_EQ(round.p99, 2);
    EXPECT_EQ(round.load_cpu_share, 0.25);
    EXPECT_EQ(round.server_cpu, round.process_cpu);
    EXPECT_GE(round.process_cpu.count(), 0);
    EXPECT_TRUE(!round.spent || round.spent->user + round.spent->system == round.process_cpu);
}

TEST(TheReportOfTheLoad, HasThePercentilesOfFewMessagesInItsHistogram) {
    const auto figures_of = [](const char* histogram) {
        Round round;
        take_figures(boost::json::parse(R"({"messages": 4, "messages_per_second": 1, "cpu_share": 0, "starved": 0,
                                            "latency_us": {"p50": 7, "p99": null, "p99_9": null, "mean": 1.5})" +
                                        std::string(histogram) + "}")
                         .as_object(),
                     round);
        return round;
    };
    const Round known = figures_of(R"(, "histogram_ns": [[100, 3], [120, 1]])");
    EXPECT_EQ(known.p50, 7) << "the generator's own figure";
    EXPECT_EQ(known.p99, 0.12);
    EXPECT_EQ(known.p99_9, 0.12);
    EXPECT_EQ(figures_of("").p99, std::nullopt);
    EXPECT_EQ(figures_of(R"(, "histogram_ns": [])").p99, std::nullopt);
}

TEST_F(ARound, HasNoLatencyIfNothingIsAnswered) {
    setup_.load_program = script("load", R"(echo measuring; echo measured
            echo '{"messages": 1, "messages_per_second": 1, "cpu_share": 0, "error": null, "starved": 0,
                   "latency_us": null}')");
    EXPECT_EQ(run_round(server("well", healthy_server), setup_).p50, std::nullopt);
}

TEST_F(ARound, GivesTheLoadGeneratorItsPortAndItsWork) {
    setup_.load_program = script("load", "echo \"$@\" > " + (folder_ / "words").string());
    EXPECT_NE(failure_of(server("well", healthy_server)), "");
    std::ifstream file(folder_ / "words");
    std::string words;
    std::getline(file, words);
    EXPECT_EQ(words,
              "--address=127.0.0.1 --port=1 --service echo --framing chunk --connections=64 --size=64 "
              "--warmup=200ms --duration=400ms --json --mark-window");
}

TEST_F(ARound, HoldsTheLoadWhileItReadsItsMetersIfItIsToldTo) {
    setup_.holds_window = true;
    setup_.load_program = script("load", R"(
        case "$*" in *"--mark-window --hold-window"*) echo measuring; read line && echo measured;; esac
        echo '{"messages": 1, "messages_per_second": 1, "cpu_share": 0, "error": null, "starved": 0,
               "latency_us": {"p50": 1, "p99": 2, "p99_9": 3, "mean": 1.5}}')");
    bool begun = false;
    const ServerProcess listening(server("well", healthy_server), setup_.work, {});
    EXPECT_EQ(run_round(listening, setup_, {.begins = [&] { begun = true; }}).messages, 1);
    EXPECT_TRUE(begun);
}

TEST_F(ARound, OverAUnixSocketRemovesTheFolderOfTheSocketWithTheServer) {
    setup_.work.unix_socket = true;
    setup_.work.size = load::Sizes::uniform(16, 1024);
    setup_.load_program = script("load", "echo \"$@\" > " + (folder_ / "words").string());
    const ServerSpec listening = server("well", "echo \"listening on unix:$3\"; exec sleep 1000");
    EXPECT_NE(failure_of(listening), "");
    std::ifstream file(folder_ / "words");
    std::string unix_option, words;
    file >> unix_option;
    std::getline(file, words);
    ASSERT_TRUE(unix_option.starts_with("--unix=/")) << unix_option;
    EXPECT_NE(words.find(" --size=uniform:16-1024 "), std::string::npos) << words;
    EXPECT_FALSE(fs::exists(fs::path(unix_option.substr(7)).parent_path()));
}

TEST_F(ARound, SplitsItsConnectionsOverTheThreadsOfTheLoad) {
    setup_.work.load_threads = 3;
    setup_.load_program = script("load", "echo \"$@\" > " + (folder_ / "words").string());
    EXPECT_NE(failure_of(server("well", healthy_server)), "");
    std::ifstream file(folder_ / "words");
    std::string words;
    std::getline(file, words);
    EXPECT_TRUE(words.ends_with(" --threads=3")) << words;
}

TEST_F(ARound, ReportsAServerThatDiesBeforeItListens) {
    EXPECT_EQ(failure_of(server("dead", "echo no such thing >&2; exit 1")),
              "died before it listened: exit 1: no such thing");
}

TEST_F(ARound, ReportsAServerWithUnexpectedOutput) {
    EXPECT_EQ(failure_of(server("odd", "echo hello; exec sleep 1000")),
              "expected \"listening on ADDRESS:PORT\" as the first line of output, got \"hello\"");
}

TEST_F(ARound, ReportsAServerThatDiesUnderLoadInsteadOfTheErrorOfTheLoad) {
    // The server has died once it is a zombie.
    setup_.load_program = script("load", "pid=$(cat " + (folder_ / "pid").string() + R"(); kill -SEGV $pid
            until grep -q '^State:.Z' /proc/$pid/status; do sleep 0.01; done
            echo '{}'; exit 1)");
    EXPECT_EQ(failure_of(server("dies", "echo $$ > " + (folder_ / "pid").string() + "; " + healthy_server)),
              "died under load: killed by SIGSEGV");
}

TEST_F(ARound, ReportsTheErrorOfTheLoad) {
    setup_.load_program = script("load", R"(echo measuring; echo '{"error": "a reply is wrong"}'; exit 1)");
    EXPECT_EQ(failure_of(server("well", healthy_server)), "load: a reply is wrong");
}

TEST_F(ARound, CountsStarvedClientsAndIsNoFailure) {
    setup_.load_program = script("load", R"(echo measuring; echo measured
            echo '{"messages": 8, "messages_per_second": 8, "cpu_share": 0, "error": null, "starved": 56,
                   "latency_us": null}'
            exit 1)");
    EXPECT_EQ(run_round(server("pool", healthy_server), setup_).starved, 56u);
}

TEST_F(ARound, WithStarvedClientsAndAnErrorIsAFailure) {
    setup_.load_program = script("load", R"(echo '{"error": "a reply is wrong", "starved": 56}'; exit 1)");
    EXPECT_EQ(failure_of(server("pool", healthy_server)), "load: a reply is wrong");
}

TEST_F(ARound, GivesTheServerTheUsersOptions) {
    ServerSpec with_options =
        server("with-options", "echo \"$*\" > " + (folder_ / "words").string() + "; " + healthy_server);
    with_options.options = {"--threads", "2"};
    run_round(with_options, setup_);
    std::ifstream file(folder_ / "words");
    std::string words;
    std::getline(file, words);
    EXPECT_TRUE(words.ends_with("--threads 2")) << words;
}

TEST_F(ARound, RunsTheServerOnlyOnItsCores) {
    const int core = posix::allowed_cores().back();
    setup_.cores.server = {core};
    run_round(server("pinned", "grep Cpus_allowed_list /proc/self/status > " + (folder_ / "cores").string() + "; " +
                                   healthy_server),
              setup_);
    std::ifstream file(folder_ / "cores");
    std::string label, cores;
    file >> label >> cores;
    EXPECT_EQ(cores, std::to_string(core));
}

TEST_F(ARound, ReadsItsMetersBeforeTheLoadMayCloseItsConnections) {
    const fs::path read = folder_ / "read";
    setup_.load_program = script("load", "echo measuring; echo measured; cat; test -e " + read.string() +
                                             " || exit 1; echo '" + std::string(report) + "'");
    const ServerProcess process(server("well", healthy_server), setup_.work, {});
    const Round round = run_round(process, setup_, {.ends = [&] { std::ofstream(read) << "all"; }});
    EXPECT_EQ(round.messages, 2000);
}

TEST_F(ARound, LetsTheLoadCloseItsConnectionsIfItMarksNoWindow) {
    // It closes its output, so that the comparison waits for no mark.
    setup_.load_program = script("load", "exec 1>&-; read line; exit 3");
    EXPECT_EQ(failure_of(server("well", healthy_server)), "the load generator wrote no report: exit 3");
}

TEST_F(ARound, ReportsALoadGeneratorWithoutAReport) {
    setup_.load_program = script("load", "echo usage >&2; exit 2");
    EXPECT_EQ(failure_of(server("well", healthy_server)), "the load generator wrote no report: exit 2: usage");
}

TEST_F(ARound, ReportsAnInvalidFigure) {
    for (const std::string latency : {R"({"p50": 1, "p99": -2, "p99_9": 3})", R"({"p50": 1e999, "p99": 2, "p99_9": 3})",
                                      R"({"p50": "1", "p99": 2, "p99_9": 3})", R"({"p50": 1, "p99": 2})"}) {
        setup_.load_program = script("load", R"(echo measuring; echo measured; echo '{"messages": 1, "starved": 0,
                "messages_per_second": 1, "cpu_share": 0, "error": null, "latency_us": )" +
                                                 latency + "}'");
        EXPECT_TRUE(
            failure_of(server("well", healthy_server)).starts_with("the load generator's report cannot be parsed: "))
            << latency;
    }
}

TEST_F(ARound, ReportsALoadGeneratorThatDoesNotMarkTheWindow) {
    setup_.load_program = script("load", "echo '" + std::string(report) + "'");
    EXPECT_EQ(failure_of(server("well", healthy_server)), "the load generator did not mark the measurement window");
}

TEST_F(ARound, ReportsABroughtServerThatDies) {
    EXPECT_EQ(failure_of({.name = "mine", .path = "exit 7 # {port}", .origin = Origin::brought}),
              "died before it listened: exit 7");
    EXPECT_EQ(failure_of({.name = "mine", .path = "true # {port}", .origin = Origin::brought}),
              "died before it listened: exit 0; if another process starts the server, start it yourself, and use "
              "--attach");
}

// A process that is already running and has inherited a listener.
class Running {
public:
    explicit Running(const char* command)
        : listener_(posix::listen_on(posix::Endpoint::internet("127.0.0.1", 0), 8)),
          process_({.words = {"/bin/sh", "-c", inheriting(listener_.get(), command)}}) {}

    ServerSpec attached() const {
        return parse_attached(
            fmt::format("mine={}@{}", process_.pid(), posix::Endpoint::local(listener_.get()).text()));
    }
    ChildProcess& process() { return process_; }

private:
    static const char* inheriting(int fd, const char* command) {
        EXPECT_EQ(::fcntl(fd, F_SETFD, 0), 0);
        return command;
    }

    posix::UniqueFd listener_;
    ChildProcess process_;
};

TEST_F(ARound, LeavesAnAttachedServerRunning) {
    Running running("while :; do :; done");
    const ServerSpec attached = running.attached();
    // The kernel adds up the time of a process at every tick.
    setup_.holds_window = true;
    setup_.load_program = script("load", fmt::format(R"(used() {{ read -r ns rest < /proc/{}/schedstat; }}
            echo measuring; read line; used; before=$ns
            while used; [ "$ns" -lt $((before + 10000000)) ]; do :; done; echo measured; echo '{}')",
                                                     running.process().pid(), report));
    for (int round = 0; round < 2; ++round) EXPECT_EQ(run_round(attached, setup_).messages, 2000);
    EXPECT_FALSE(running.process().wait_for_end(posix::Clock::now()));
}

TEST_F(ARound, OfAnAttachedServerThatUsesNoCpuTimeIsAFailure) {
    Running running("exec sleep 1000");
    EXPECT_EQ(failure_of(running.attached()), "its processes used no CPU time: others serve its clients");
}

TEST_F(ARound, OfAnAttachedServerThatOnlyRanBeforeTheWindowIsAFailure) {
    Running running("exec sleep 1000");
    std::string few = report;
    few.replace(few.find("2000"), 4, "64");
    setup_.load_program = script("load", "echo measuring; echo measured; echo '" + few + "'");
    EXPECT_EQ(failure_of(running.attached()), "did not run within the window: use a longer one (--seconds)");
}

TEST_F(ARound, OfAProcessThatDoesNotListenIsAFailure) {
    const ChildProcess other({.words = {"/bin/sleep", "1000"}});  // first, so that it does not inherit the listener
    Running running("exec sleep 1000");
    ServerSpec wrong = running.attached();
    wrong.attachment->process = std::make_shared<const RunningProcess>(other.pid());
    const std::string failure = failure_of(wrong);
    EXPECT_TRUE(failure.starts_with(fmt::format("process {} (sleep) does not listen on 127.0.0.1:", other.pid())))
        << failure;
    EXPECT_NE(failure.find(") does: --attach \"mine="), std::string::npos) << failure;
}

TEST_F(ARound, OfOneOfTheProcessesThatShareAPortIsThatOfAll) {
    const auto listener_at = [](std::uint16_t port) {
        posix::UniqueFd fd = posix::listen_on(posix::Endpoint::internet("127.0.0.1", port), 8, posix::PortUse::shared);
        EXPECT_EQ(::fcntl(fd.get(), F_SETFD, 0), 0);
        return fd;
    };
    const Command sleep{.words = {"/bin/sleep", "1000"}};
    posix::UniqueFd listener = listener_at(0);
    const std::uint16_t port = posix::Endpoint::local(listener.get()).port();
    const ChildProcess one(sleep);
    listener.reset();  // only that process has it now
    listener = listener_at(port);
    const ChildProcess other(sleep);
    const ServerProcess both(parse_attached(fmt::format("mine={}@127.0.0.1:{}", one.pid(), port)), setup_.work, {});
    std::vector<pid_t> expected{one.pid(), other.pid()};
    std::ranges::sort(expected);
    EXPECT_EQ(both.processes(), expected);
}

TEST_F(ARound, ReportsAnAttachedServerThatHasEnded) {
    Running running("exec sleep 1000");
    const ServerSpec attached = running.attached();
    running.process().stop(std::chrono::milliseconds(0));
    EXPECT_EQ(failure_of(attached), fmt::format("process {} has ended", attached.attachment->process->pid()));
}

const Plan two_rounds{.least_rounds = 2, .most_rounds = 2};

TEST_F(ARound, ContinuesWithTheOtherServersIfOneFails) {
    ServerSpec absent = server("absent", "");
    absent.unavailable = "not on this kernel";
    Progress progress;
    const std::vector<ServerResult> rows =
        compare({server("dead", "exit 1"), absent, server("well", healthy_server)}, setup_, two_rounds, progress).rows;
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(rows[0].failed, "died before it listened: exit 1");
    EXPECT_EQ(rows[1].skipped, "not on this kernel");
    EXPECT_FALSE(rows[2].failed);
    EXPECT_TRUE(rows[2].rounds[0] && rows[2].rounds[1]);
    EXPECT_TRUE(rows[2].idle_unknown);
}

TEST_F(ARound, IsSeparateFromCountingSystemCalls) {
    setup_.system_calls = true;
    Progress progress;
    const std::vector<ServerResult> rows =
        compare({server("well", healthy_server), server("dead", "exit 1")}, setup_, two_rounds, progress).rows;
    EXPECT_EQ(rows[0].rounds.size(), 2u);
    // If neither method can count, the reason is known.
    EXPECT_NE(rows[0].system_calls.has_value(), rows[0].system_calls_unknown.has_value());
    EXPECT_FALSE(rows[1].system_calls);
}

std::size_t rounds_by(const Plan& plan, const std::vector<ServerSpec>& servers, const TestSetup& setup) {
    Progress progress;
    return compare(servers, setup, plan, progress).rows.front().rounds.size();
}

TEST_F(ARound, IsTheLastOnceEveryRatioIsPreciseEnough) {
    const std::vector servers{server("one", healthy_server), server("other", healthy_server)};
    // The first server is the baseline and has no ratio.
    EXPECT_EQ(rounds_by({.least_rounds = 2, .most_rounds = 5, .precision = 1e-12}, {servers[0]}, setup_), 2u);
    EXPECT_EQ(rounds_by({.least_rounds = 2, .most_rounds = 3, .precision = 1e-12}, servers, setup_), 3u);
}

TEST_F(ARound, IsTheLastOnceTheBudgetIsSpent) {
    const std::vector servers{server("well", healthy_server)};
    EXPECT_EQ(rounds_by({.least_rounds = 2, .most_rounds = 50, .budget = std::chrono::nanoseconds(1)}, servers, setup_),
              2u);
}

TEST_F(ARound, DoesNotBeginIfNoServerIsLeft) {
    const std::vector servers{server("dead", "exit 1")};
    EXPECT_EQ(rounds_by({.least_rounds = 5, .most_rounds = 5}, servers, setup_), 0u);
}

}  // namespace
}  // namespace iomux::compare
