#include "compare/measure/session.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <stdexcept>

#include "compare/comparison/sessions.hpp"
#include "compare/process/temporary_folder.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view listening_server = "echo listening on 127.0.0.1:1; exec sleep 1000";

// What a load generator reports on a target after its turns.
std::string target_line(std::size_t target, std::string_view error = "null") {
    return fmt::format(
        R"({{"target": {}, "name": "x", "messages": 300, "messages_per_second": 1000, "seconds": 0.3, "starved": 0,
         "cpu_share": 0.5, "warmup_ms": 1500, "settled": true, "bytes_sent": 100, "bytes_sent_in_all": 200, "error": {},
         "latency_us": {{"p50": 1, "p99": 2, "p99_9": 3, "mean": 1.5}}}})",
        target, error);
}

std::string turn_line(std::size_t target, std::size_t cycle, int messages, int cpu_ns) {
    return fmt::format(R"({{"cycle": {}, "target": {}, "messages": {}, "cpu_ns": {}, "cpu_between_ns": 0, )"
                       R"("begin_ns": 5000000, "end_ns": 30000000, "length_ns": 20000000}})",
                       cycle, target, messages, cpu_ns);
}

// Servers and load generators are scripts here. These tests cover how a session interprets their output.
class ASession : public testing::Test {
protected:
    ASession() {
        setup_.work.idle_memory = 0;
        setup_.work.connections = 1;
    }

    std::string script(const std::string& name, const std::string& body) const {
        const std::filesystem::path path = folder_.path() / name;
        std::ofstream(path) << "#!/bin/sh\n" << body << '\n';
        std::filesystem::permissions(path, std::filesystem::perms::owner_all);
        return path.string();
    }
    ServerSpec server(const std::string& name, std::string_view body = listening_server) const {
        ServerSpec spec{.name = name, .path = script(name, std::string(body))};
        spec.guarded = false;  // it does not take --stats
        return spec;
    }
    // It reads the plan and, if the plan says so, asks for the processes.
    std::string reads_plan() const {
        const auto file = [this](const char* name) { return (folder_.path() / name).string(); };
        return fmt::format(R"(read plan; echo "$plan" > {}; echo "$@" > {}
case "$plan" in
*asks_for_processes*) echo '{{"connected": true}}'; read processes; echo "$processes" > {};;
esac
)",
                           file("plan"), file("words"), file("processes"));
    }
    // A load generator that reads the plan, prints these lines, and waits until its input ends.
    void load_prints(const std::vector<std::string>& lines) {
        std::string body = reads_plan();
        for (std::string line : lines) {
            std::erase(line, '\n');
            body += "echo '" + line + "'\n";
        }
        setup_.load_program = script("load", body + "read end; exit 0");
    }
    // A load generator that visits so many servers in all cycles of its plan, with 100 messages in each turn. In the
    // end it prints these lines instead of a report if there are any.
    void load_visits(std::size_t targets, const std::vector<std::string>& ends = {}) {
        std::string body = reads_plan() + R"(
cycles=$(echo "$plan" | sed 's/.*"cycles":\([0-9]*\).*/\1/')
cycle=0
while [ $cycle -lt $cycles ]; do
)";
        for (std::size_t target = 0; target < targets; ++target) {
            std::string line = turn_line(target, 4711, 100, 100'000);
            line.replace(line.find("4711"), 4, "'$cycle'");
            body += "echo '" + line + "'\n";
        }
        body += "cycle=$((cycle + 1))\ndone\n";
        for (std::size_t target = 0; target < targets; ++target) {
            std::string line = target < ends.size() ? ends[target] : target_line(target);
            std::erase(line, '\n');
            body += "echo '" + line + "'\n";
        }
        setup_.load_program = script("load", body + "read end; exit 0");
    }
    std::string content_of(const std::string& name) const {
        std::ifstream file(folder_.path() / name);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    std::vector<SessionShare> run(const std::vector<ServerSpec>& specs, const SessionPlan& plan = {.cycles = 2}) {
        return run_session(specs, setup_, plan,
                           {.turn_ended = [this](const TurnSample& turn) { turns_.push_back(turn); },
                            .connected =
                                [this](std::size_t server, const std::vector<pid_t>& processes) {
                                    connected_.emplace_back(server, processes.size());
                                }});
    }

    const TemporaryFolder folder_;
    TestSetup setup_{};
    std::vector<TurnSample> turns_;
    std::vector<std::pair<std::size_t, std::size_t>> connected_;  // servers, with the number of their processes
};

TEST_F(ASession, HasASliceForEachTurn) {
    load_prints({turn_line(1, 0, 100, 200'000), turn_line(0, 0, 100, 100'000), turn_line(0, 1, 200, 400'000),
                 turn_line(1, 1, 0, 5'000), target_line(0), target_line(1)});
    const std::vector<SessionShare> shares = run({server("one"), server("other")});
    ASSERT_EQ(shares.size(), 2u);
    ASSERT_TRUE(shares[0].round && shares[1].round);
    using Slices = std::vector<std::optional<double>>;
    EXPECT_EQ(shares[0].round->slices, (Slices{1.0, 2.0}));
    EXPECT_EQ(shares[1].round->slices, (Slices{2.0, std::nullopt})) << "a slice without messages has no cost";
    EXPECT_EQ(shares[0].round->server_cpu, 500us);
    EXPECT_EQ(shares[0].round->window, 300ms);
    EXPECT_EQ(shares[0].round->messages, 300);
    EXPECT_EQ(shares[0].round->p99, 2);
    ASSERT_EQ(turns_.size(), 4u);
    EXPECT_EQ(turns_[0].server, 1u);
    EXPECT_EQ(turns_[0].messages, 100);
    EXPECT_EQ(turns_[0].cpu, 200us);
    EXPECT_DOUBLE_EQ(turns_[0].seconds, 0.02);
    EXPECT_EQ(turns_[0].begin.time_since_epoch(), 5ms);
    EXPECT_EQ(turns_[0].end.time_since_epoch(), 30ms);
}

TEST_F(ASession, TellsTheLoadItsPlanAndItsWork) {
    setup_.work.connections = 7;
    setup_.work.depth = 3;
    load_prints({target_line(0), target_line(1)});
    run({server("one"), server("dead", "exit 1"), server("other")},
        {.warmup_cycles = 1, .cycles = 4, .slice = 50ms, .seed = 11});
    const boost::json::value plan = boost::json::parse(content_of("plan"));
    EXPECT_EQ(plan.at("cycles"), 4);
    EXPECT_EQ(plan.at("warmup_cycles"), 1);
    EXPECT_EQ(plan.at("slice_ms").to_number<double>(), 50);
    EXPECT_EQ(plan.at("seed"), 11);
    ASSERT_EQ(plan.at("targets").as_array().size(), 2u) << "a server that does not start has no turns";
    for (const boost::json::value& target : plan.at("targets").as_array()) EXPECT_EQ(target.at("port"), 1);
    const boost::json::value processes = boost::json::parse(content_of("processes"));
    ASSERT_EQ(processes.as_array().size(), 2u);
    for (const boost::json::value& list : processes.as_array()) EXPECT_EQ(list.as_array().size(), 1u);
    using Connected = std::vector<std::pair<std::size_t, std::size_t>>;
    EXPECT_EQ(connected_, (Connected{{0, 1}, {2, 1}})) << "those that run, each with its process";
    const std::string words = content_of("words");
    for (const char* word : {"--conduct", "--connections=7", "--depth=3", "--size=64"})
        EXPECT_NE(words.find(word), std::string::npos) << words;
}

TEST_F(ASession, HardlyWaitsForConnectionsThatAreKnownToStarve) {
    load_visits(2);
    run({server("one"), server("pool")}, {.cycles = 2, .starving = {false, true}});
    const boost::json::value plan = boost::json::parse(content_of("plan"));
    EXPECT_FALSE(plan.at("targets").at(0).as_object().contains("patience_ms"));
    EXPECT_EQ(plan.at("targets").at(1).at("patience_ms").to_number<double>(), 200);
}

TEST_F(ASession, WarmsUpTheServersThatHaveAWarmUpOfTheirOwn) {
    load_visits(2);
    const auto shares =
        run({server("one"), server("other")}, {.cycles = 2, .warm_ups = {{}, {.least = 1s, .longest = 5s}}});
    const boost::json::value plan = boost::json::parse(content_of("plan"));
    EXPECT_FALSE(plan.at("targets").at(0).as_object().contains("warmup_ms"));
    EXPECT_EQ(plan.at("targets").at(1).at("warmup_ms").to_number<double>(), 1000);
    EXPECT_EQ(plan.at("targets").at(1).at("longest_warmup_ms").to_number<double>(), 5000);
    EXPECT_FALSE(shares[0].warmup);
    ASSERT_TRUE(shares[1].warmup);
    EXPECT_EQ(shares[1].warmup->time, 1500ms);
    EXPECT_EQ(shares[1].warmup->settled, true);
}

TEST(AWarmUp, IsOnlyForServersOfTheUser) {
    ServerResult row{.spec = {.name = "mine", .path = "serve {port}"}};
    EXPECT_EQ(warm_up_for(row, {}).longest, 0s);
    EXPECT_EQ(warm_up_for(row, {.warmup = 2s}).longest, 0s);
    for (const Origin origin : {Origin::brought, Origin::attached}) {
        row.spec.origin = origin;
        EXPECT_EQ(warm_up_for(row, {}).least, 1s);
        EXPECT_EQ(warm_up_for(row, {}).longest, 5s);
        EXPECT_EQ(warm_up_for(row, {.warmup = 2s}).least, 2s);
        EXPECT_EQ(warm_up_for(row, {.warmup = 2s}).longest, 2s);
    }
}

TEST(AWarmUp, IsRepeatedWheneverTheServerIsStartedAgain) {
    ServerResult row{.spec = {.name = "mine", .path = "serve {port}", .origin = Origin::brought}};
    row.warmup = WarmUp{.time = 1500ms, .settled = true};
    EXPECT_EQ(warm_up_for(row, {}).least, 1500ms);
    EXPECT_EQ(warm_up_for(row, {}).longest, 1500ms);
    row.spec.origin = Origin::attached;
    EXPECT_EQ(warm_up_for(row, {}).longest, 0s) << "it is still warm";
}

TEST_F(ASession, GoesOnWithTheOtherServersIfOneFails) {
    load_visits(2, {target_line(0), target_line(1, R"("a reply is wrong")")});
    const std::vector<SessionShare> shares = run({server("dead", "exit 3"), server("well"), server("wrong")});
    EXPECT_EQ(shares[0].failed, "died before it listened: exit 3");
    EXPECT_FALSE(shares[0].round);
    EXPECT_TRUE(shares[1].round);
    EXPECT_EQ(shares[2].failed, "load: a reply is wrong");
}

TEST_F(ASession, ReportsAServerThatDiesInsteadOfTheErrorOfTheLoad) {
    const std::string pid = (folder_.path() / "pid").string();
    load_prints({target_line(0, R"("the server closed the connection")")});
    setup_.load_program = script("killing_load", "read plan; kill -SEGV $(cat " + pid +
                                                     "); { echo \"$plan\"; cat; } | " + setup_.load_program.string());
    const auto shares = run({server("dies", "echo $$ > " + pid + "; " + std::string(listening_server))});
    EXPECT_EQ(shares[0].failed, "died under load: killed by SIGSEGV");
}

TEST_F(ASession, FailsForAllServersIfTheLoadGeneratorDoes) {
    setup_.load_program = script("load", "read plan; echo no such option >&2; exit 2");
    for (const SessionShare& share : run({server("one"), server("other")})) {
        EXPECT_FALSE(share.round);
        EXPECT_EQ(share.failed, "the load generator did not report all turns: exit 2: no such option");
    }
    load_prints({"measuring"});
    EXPECT_EQ(run({server("one")})[0].failed, "the load generator wrote an invalid line: measuring");
}

TEST_F(ASession, FailsIfTurnsAreMissing) {
    load_prints({turn_line(0, 0, 100, 100'000), target_line(0)});
    EXPECT_EQ(run({server("one")})[0].failed, "the load generator ended before all turns");
}

TEST_F(ASession, FailsIfTheServersProcessesUseNoTime) {
    load_prints({turn_line(0, 0, 100, 0), turn_line(0, 1, 100, 0), target_line(0)});
    EXPECT_EQ(run({server("one")})[0].failed, "its processes used no CPU time: others serve its clients");
}

std::size_t sessions_by(const Plan& plan, const std::vector<ServerSpec>& servers, const TestSetup& setup) {
    Progress progress;
    const Comparison comparison = compare(servers, setup, plan, progress);
    EXPECT_EQ(comparison.why_windows, "");
    return comparison.rows.front().rounds.size();
}

TEST_F(ASession, IsRepeatedAsThePlanSays) {
    load_visits(2);
    const std::vector servers{server("one"), server("other")};
    EXPECT_EQ(sessions_by({.sessions = SessionLimits{.least = 3, .most = 3}}, servers, setup_), 3u);
    EXPECT_EQ(sessions_by({.sessions = SessionLimits{.least = 2, .most = 9}, .budget = 1ns}, servers, setup_), 2u);
    const SessionLimits many{.least = 2, .most = 30};
    EXPECT_EQ(sessions_by({.sessions = many, .precision = 0.01, .budget = 1h}, servers, setup_),
              least_sessions_for_precision);
}

TEST_F(ASession, IsAsLongAsTheSlicesThatTheConnectionsNeed) {
    // 100 messages in 20 ms; 20 for each of 15 connections take 60 ms.
    load_visits(1);
    setup_.work.connections = 15;
    Progress progress;
    const Plan plan{.sessions = SessionLimits{.least = 1, .most = 1}};
    EXPECT_EQ(compare({server("one")}, setup_, plan, progress).slice, 60ms);
    EXPECT_EQ(boost::json::parse(content_of("plan")).at("cycles"), 5) << "at least";
    EXPECT_EQ(boost::json::parse(content_of("plan")).at("warmup_cycles"), 1);
}

TEST_F(ASession, IsNotForSlicesThatAreTooLong) {
    load_visits(1);
    setup_.work.connections = 1000;
    Progress progress;
    Plan plan{.sessions = SessionLimits{.least = 1, .most = 1}, .least_rounds = 0, .most_rounds = 0};
    const Comparison comparison = compare({server("one")}, setup_, plan, progress);
    EXPECT_EQ(comparison.why_windows, "20 messages on each connection would take longer than 100 ms");
    EXPECT_FALSE(comparison.slice);
    plan.sessions->longest_slice = 10s;
    EXPECT_EQ(compare({server("one")}, setup_, plan, progress).slice, 4s);
}

TEST_F(ASession, IsNotForLowRates) {
    load_visits(1);
    Progress progress;
    const Plan plan{.sessions = SessionLimits{.least = 1, .most = 1}, .least_rounds = 0, .most_rounds = 0};
    setup_.work.rate = 10'000;
    EXPECT_EQ(compare({server("one")}, setup_, plan, progress).slice, 20ms);
    setup_.work.rate = 4'000;
    EXPECT_EQ(compare({server("one")}, setup_, plan, progress).slice, 50ms);
    setup_.work.rate = 100;
    EXPECT_EQ(compare({server("one")}, setup_, plan, progress).why_windows,
              "200 messages at 100 per second would take longer than 100 ms");
}

TEST_F(ASession, IsNotForWorkThatTurnsCannotMeasure) {
    EXPECT_EQ(reason_against_sessions(setup_, 2), std::nullopt);
    TestSetup flooded = setup_, many = setup_;
    flooded.work.flooders = 1;
    EXPECT_EQ(reason_against_sessions(flooded, 2), "clients flood the servers");
    many.work.connections = 900'000'000;
    EXPECT_TRUE(reason_against_sessions(many, 2));
}

TEST_F(ASession, TellsTheLoadTheKindOfWork) {
    load_prints({target_line(0)});
    setup_.work.rate = 500;
    run({server("one")});
    EXPECT_NE(content_of("words").find("--rate=500"), std::string::npos);
    setup_.work.rate.reset();
    setup_.work.churn = true;
    run({server("one")});
    EXPECT_NE(content_of("words").find("--churn"), std::string::npos);
    setup_.work.churn = false;
    setup_.work.load_threads = 2;
    run({server("one")});
    EXPECT_NE(content_of("words").find("--threads=2"), std::string::npos);
}

// The script stands for both loads: that of the idle connections, and the one that visits the server.
TEST_F(ASession, CountsWhatIdleConnectionsSendAndHowManyOfThemStarve) {
    load_visits(1);
    setup_.work.idle = 5;
    const std::vector<SessionShare> shares = run({server("one")});
    ASSERT_TRUE(shares[0].round) << *shares[0].failed;
    EXPECT_EQ(shares[0].round->sent_in_all, 400u);
    EXPECT_EQ(shares[0].round->load.at("bytes_sent_in_all"), 400u) << "the saved results have it from here";
    load_prints({target_line(0, R"("too few were accepted")")});
    EXPECT_EQ(run({server("one")})[0].failed, "load: too few were accepted");
}

// Notes the calls of a comparison.
struct Heard : Progress {
    void session_begins(std::size_t session, std::size_t cycles) override {
        text += fmt::format("session {} of {} cycles:", session, cycles);
    }
    void turn_ended(const ServerSpec& server, const TurnSample& turn) override {
        text += fmt::format(" {}/{}", server.name, turn.cycle);
    }
    void session_ended(std::span<const ServerResult> rows, std::string_view baseline) override {
        text += fmt::format(", {} rounds, baseline {}\n", rows.front().rounds.size(), baseline);
    }
    std::string text;
};

TEST_F(ASession, ReportsItsTurnsAndItsEnd) {
    load_visits(2);
    Heard heard;
    const Plan plan{.sessions = SessionLimits{.least = 2, .most = 2, .cycles = 2}, .baseline = "one"};
    compare({server("one"), server("other")}, setup_, plan, heard);
    // The turns of the rehearsal are not reported.
    EXPECT_EQ(heard.text,
              "session 1 of 2 cycles: one/0 other/0 one/1 other/1, 1 rounds, baseline one\n"
              "session 2 of 2 cycles: one/0 other/0 one/1 other/1, 2 rounds, baseline one\n");
}

TEST_F(ASession, ThatFailsEndsTheMeasurementOfItsServer) {
    load_visits(2, {target_line(0), target_line(1, R"("a reply is wrong")")});
    Progress progress;
    const Plan plan{.sessions = SessionLimits{.least = 2, .most = 2}};
    const std::vector<ServerResult> rows = compare({server("well"), server("wrong")}, setup_, plan, progress).rows;
    EXPECT_EQ(rows[1].failed, "load: a reply is wrong");
    ASSERT_EQ(rows[0].rounds.size(), rows[1].rounds.size());
    ASSERT_FALSE(rows[0].rounds.empty());
    EXPECT_FALSE(rows[1].rounds[0]);
}

// A comparison of scripts that is continued.
class MoreSessions : public ASession {
protected:
    static Plan plan_of(std::size_t least, std::size_t most) {
        return {.sessions = SessionLimits{.least = least, .most = most, .cycles = 2}, .budget = 1ns, .seed = 7};
    }
    Comparison begin(const std::vector<ServerSpec>& specs, std::size_t sessions) {
        Progress progress;
        return compare(specs, setup_, plan_of(sessions, sessions), progress);
    }
    // How many sessions it has then.
    std::size_t go_on(Comparison& comparison, const Plan& plan, Progress& progress) {
        ComparisonInSteps steps(comparison, setup_, plan, progress);
        steps.begin();
        while (steps.needs_another_session()) steps.measure_another_session();
        comparison = steps.take();
        return comparison.rows.front().rounds.size();
    }
    std::size_t go_on(Comparison comparison, const Plan& plan) {
        Progress progress;
        return go_on(comparison, plan, progress);
    }
    std::string seed_of_last_session() const {
        return boost::json::serialize(boost::json::parse(content_of("plan")).at("seed"));
    }
};

TEST_F(MoreSessions, FollowThoseThatTheComparisonHas) {
    load_visits(2);
    Comparison comparison = begin({server("one"), server("other")}, 2);
    const std::string seed = seed_of_last_session();
    comparison.rows[0].rounds[1]->slices = {4.5};
    comparison.slice = 300ms;
    Heard heard;
    EXPECT_EQ(go_on(comparison, plan_of(3, 3), heard), 3u);
    EXPECT_EQ(comparison.rows[0].rounds[1]->slices, std::vector<std::optional<double>>{4.5}) << "it is kept";
    EXPECT_EQ(comparison.slice, 300ms);
    EXPECT_EQ(boost::json::parse(content_of("plan")).at("slice_ms").to_number<double>(), 300);
    EXPECT_NE(seed_of_last_session(), seed) << "it has an order of its own";
    EXPECT_EQ(heard.text,
              "session 2 of 2 cycles:, 2 rounds, baseline \n"
              "session 3 of 2 cycles: one/0 other/0 one/1 other/1, 3 rounds, baseline \n");
}

TEST_F(MoreSessions, AreAsManyAsThePlanSaysOfAll) {
    load_visits(2);
    const Comparison three = begin({server("one"), server("other")}, 3);
    EXPECT_EQ(go_on(three, plan_of(5, 5)), 5u);
    EXPECT_EQ(go_on(three, plan_of(2, 9)), 4u) << "at least one is new, although the budget is used up";
    EXPECT_EQ(go_on(three, plan_of(5, 9)), 5u);
    EXPECT_EQ(go_on(three, plan_of(3, 3)), 3u);
    Plan precise = plan_of(2, 30);
    precise.precision = 0.01;
    precise.budget = 1h;
    EXPECT_EQ(go_on(three, precise), least_sessions_for_precision);
    EXPECT_EQ(go_on(begin({server("one"), server("other")}, 12), precise), 12u);
}

TEST_F(MoreSessions, LeaveOutServersThatHaveFailedOrWereSkipped) {
    load_visits(2);
    ServerSpec absent = server("absent");
    absent.unavailable = "not here";
    Comparison comparison = begin({server("one"), server("other"), absent}, 2);
    comparison.rows[1].failed = "died under load";
    load_visits(1);
    Progress progress;
    EXPECT_EQ(go_on(comparison, plan_of(3, 3), progress), 3u);
    EXPECT_EQ(comparison.rows[1].failed, "died under load");
    EXPECT_TRUE(comparison.rows[1].rounds[1]);
    EXPECT_FALSE(comparison.rows[1].rounds[2]);
    EXPECT_EQ(comparison.rows[2].skipped, "not here");
}

std::string error_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "none";
}

TEST_F(MoreSessions, AreRefusedIfAServerIsDead) {
    load_visits(2);
    const Comparison comparison = begin({server("one"), server("other")}, 2);
    server("other", "exit 3");
    EXPECT_EQ(error_of([&] { go_on(comparison, plan_of(3, 3)); }),
              "cannot add sessions: other: died before it listened: exit 3; correct that and continue again, or "
              "measure anew");
}

TEST_F(MoreSessions, AreRefusedIfAServerIsToBeSkippedNow) {
    load_visits(2);
    Comparison comparison = begin({server("one"), server("other")}, 2);
    comparison.rows[0].spec.unavailable = "not here";
    EXPECT_EQ(error_of([&] { go_on(comparison, plan_of(3, 3)); }),
              "cannot add sessions: one: not here; correct that and continue again, or measure anew");
}

}  // namespace
}  // namespace iomux::compare
