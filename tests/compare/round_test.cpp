#include "compare/round.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "compare/comparison.hpp"

namespace iomux::compare {
namespace {

namespace fs = std::filesystem;

constexpr const char* healthy_server = "echo listening on 127.0.0.1:1; exec sleep 1000";
constexpr const char* report =
    R"({"messages": 2000, "messages_per_second": 1000.5, "cpu_share": 0.25, "errors": 0, "error": null,
        "starved": 0, "latency_us": {"p50": 1, "p99": 2, "p99_9": 3}})";

// Servers and load generators are scripts here: what a comparison makes of their words is what is tested.
class ARound : public testing::Test {
protected:
    ARound() {
        std::string folder = fs::temp_directory_path() / "iomux-round-XXXXXX";
        EXPECT_NE(::mkdtemp(folder.data()), nullptr);
        folder_ = folder;
        bench_.load_program = script("load", "echo measuring; echo measured; echo '" + std::string(report) + "'");
    }
    ~ARound() override { fs::remove_all(folder_); }

    fs::path script(const std::string& name, const std::string& body) {
        const fs::path path = folder_ / name;
        std::ofstream(path) << "#!/bin/sh\n" << body << "\n";
        EXPECT_EQ(::chmod(path.c_str(), 0700), 0);
        return path;
    }
    Contestant server(const std::string& name, const std::string& body) {
        return {.name = name, .path = script(name, body)};
    }
    std::string failure_of(const Contestant& contestant) {
        try {
            run_round(contestant, bench_);
            return "";
        } catch (const std::exception& error) {
            return error.what();
        }
    }

    fs::path folder_;
    Bench bench_;
};

TEST_F(ARound, TakesTheLoadGeneratorsFigures) {
    const Round round = run_round(server("well", healthy_server), bench_);
    EXPECT_EQ(round.messages, 2000);
    EXPECT_EQ(round.messages_per_second, 1000.5);
    EXPECT_EQ(round.p99, 2);
    EXPECT_EQ(round.load_cpu_share, 0.25);
    EXPECT_EQ(round.server_cpu, round.process_cpu);
    EXPECT_GE(round.process_cpu.count(), 0);
}

TEST_F(ARound, HasNoLatencyWhereNothingIsAnswered) {
    bench_.load_program = script("load", R"(echo measuring; echo measured
            echo '{"messages": 1, "messages_per_second": 1, "cpu_share": 0, "error": null, "starved": 0,
                   "latency_us": null}')");
    EXPECT_EQ(run_round(server("well", healthy_server), bench_).p50, std::nullopt);
}

TEST_F(ARound, GivesTheLoadGeneratorItsPortAndItsWork) {
    bench_.load_program = script("load", "echo \"$@\" > " + (folder_ / "words").string());
    EXPECT_NE(failure_of(server("well", healthy_server)), "");
    std::ifstream file(folder_ / "words");
    std::string words;
    std::getline(file, words);
    EXPECT_EQ(words,
              "--address=127.0.0.1 --port=1 --connections=64 --size=64 --depth=1 --idle=0 --warmup=200ms "
              "--duration=1000ms --json --mark-window --service echo --framing chunk");
}

TEST_F(ARound, TellsAServerThatDiesBeforeItListens) {
    EXPECT_EQ(failure_of(server("dead", "echo no such thing >&2; exit 1")),
              "died before it listened: exit 1: no such thing");
}

TEST_F(ARound, TellsAServerThatSaysSomethingElse) {
    EXPECT_EQ(failure_of(server("odd", "echo hello; exec sleep 1000")),
              "said 'hello' where 'listening on ADDRESS:PORT' was expected");
}

TEST_F(ARound, TellsAServerThatDiesUnderLoadWhateverTheLoadSays) {
    bench_.load_program = script("load", "kill -SEGV $(cat " + (folder_ / "pid").string() + "); echo '{}'; exit 1");
    EXPECT_EQ(failure_of(server("dies", "echo $$ > " + (folder_ / "pid").string() + "; " + healthy_server)),
              "died under load: killed by SIGSEGV");
}

TEST_F(ARound, TellsWhatTheLoadComplainsOf) {
    bench_.load_program = script("load", R"(echo measuring; echo '{"error": "a reply is wrong"}'; exit 1)");
    EXPECT_EQ(failure_of(server("well", healthy_server)), "load: a reply is wrong");
}

TEST_F(ARound, CountsStarvedClientsAndIsNoFailure) {
    bench_.load_program = script("load", R"(echo measuring; echo measured
            echo '{"messages": 8, "messages_per_second": 8, "cpu_share": 0, "error": null, "starved": 56,
                   "latency_us": null}'
            exit 1)");
    EXPECT_EQ(run_round(server("pool", healthy_server), bench_).starved, 56u);
}

TEST_F(ARound, WithStarvedClientsAndAnErrorIsAFailure) {
    bench_.load_program = script("load", R"(echo '{"error": "a reply is wrong", "starved": 56}'; exit 1)");
    EXPECT_EQ(failure_of(server("pool", healthy_server)), "load: a reply is wrong");
}

TEST_F(ARound, GivesTheServerTheUsersOptions) {
    Contestant told = server("told", "echo \"$*\" > " + (folder_ / "words").string() + "; " + healthy_server);
    told.options = {"--threads", "2"};
    run_round(told, bench_);
    std::ifstream file(folder_ / "words");
    std::string words;
    std::getline(file, words);
    EXPECT_TRUE(words.ends_with("--threads 2")) << words;
}

TEST_F(ARound, RunsTheServerOnItsCoresAlone) {
    const int core = allowed_cores().back();
    bench_.cores.server = {core};
    run_round(server("pinned", "grep Cpus_allowed_list /proc/self/status > " + (folder_ / "cores").string() + "; " +
                                   healthy_server),
              bench_);
    std::ifstream file(folder_ / "cores");
    std::string label, cores;
    file >> label >> cores;
    EXPECT_EQ(cores, std::to_string(core));
}

TEST_F(ARound, TellsALoadWithoutAReport) {
    bench_.load_program = script("load", "echo usage >&2; exit 2");
    EXPECT_EQ(failure_of(server("well", healthy_server)), "no report by the load generator: exit 2: usage");
}

TEST_F(ARound, TellsAReportWithAFigureThatIsNone) {
    for (const std::string latency : {R"({"p50": 1, "p99": -2, "p99_9": 3})", R"({"p50": 1e999, "p99": 2, "p99_9": 3})",
                                      R"({"p50": "1", "p99": 2, "p99_9": 3})", R"({"p50": 1, "p99": 2})"}) {
        bench_.load_program = script("load", R"(echo measuring; echo measured; echo '{"messages": 1, "starved": 0,
                "messages_per_second": 1, "cpu_share": 0, "error": null, "latency_us": )" +
                                                 latency + "}'");
        EXPECT_TRUE(failure_of(server("well", healthy_server)).starts_with("the load generator's report is not"))
            << latency;
    }
}

TEST_F(ARound, TellsALoadThatMarksNoWindow) {
    bench_.load_program = script("load", "echo '" + std::string(report) + "'");
    EXPECT_EQ(failure_of(server("well", healthy_server)), "the load generator marked no window");
}

TEST_F(ARound, TellsABroughtServerThatDies) {
    EXPECT_EQ(failure_of({.name = "mine", .path = "exit 7 # {port}", .origin = Origin::brought}),
              "died before it listened: exit 7");
}

TEST_F(ARound, OfAllServersGoesOnWhereOneFails) {
    Contestant absent = server("absent", "");
    absent.unavailable = "not on this kernel";
    Progress progress;
    const std::vector<Row> rows =
        compare({server("dead", "exit 1"), absent, server("well", healthy_server)}, bench_, 2, progress);
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(rows[0].failed, "died before it listened: exit 1");
    EXPECT_EQ(rows[1].skipped, "not on this kernel");
    EXPECT_FALSE(rows[2].failed);
    EXPECT_TRUE(rows[2].rounds[0] && rows[2].rounds[1]);
    EXPECT_TRUE(rows[2].idle_unknown);
}

}  // namespace
}  // namespace iomux::compare
