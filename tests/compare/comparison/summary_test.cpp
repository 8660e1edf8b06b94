#include "compare/comparison/summary.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "compare/report/meters_report.hpp"
#include "compare/report/report_text.hpp"
#include "compare/report/tables_text.hpp"
#include "rows.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono_literals;

TEST(ASummary, DividesByMinimalInAnyPosition) {
    const std::vector rows{row("epoll", {10, 22, 30}), row("minimal", {10, 20, 20})};
    const Summary summary = summarise(rows);
    EXPECT_EQ(summary.baseline, &rows[1]);
    EXPECT_EQ(summary.medians[0]->cpu_us_per_message, 22);
    EXPECT_EQ(summary.medians[0]->ratio->value, 1.1);
    EXPECT_EQ(summary.medians[1]->ratio->value, 1);
}

TEST(ASummary, DividesByTheFirstCompleteServerIfMinimalFailed) {
    const std::vector rows{failed("minimal"), row("poll", {4, 4, 4}), row("epoll", {2, 2, 2})};
    const Summary summary = summarise(rows);
    EXPECT_EQ(summary.baseline, &rows[1]);
    EXPECT_FALSE(summary.medians[0]);
    EXPECT_EQ(summary.medians[2]->ratio->value, 0.5);
}

TEST(ASummary, OfFailuresHasNoBaseline) {
    const std::vector rows{failed("minimal")};
    EXPECT_EQ(summarise(rows).baseline, nullptr);
}

// The verdicts on all rows except the first, which costs 100 in every round.
std::vector<Verdict> verdicts(const std::vector<std::vector<int>>& costs) {
    std::vector rows{row("minimal", std::vector<int>(costs.front().size(), 100))};
    for (const auto& each : costs) rows.push_back(row("other", each));
    std::vector<Verdict> verdicts;
    const Summary summary = summarise(rows);
    for (std::size_t i = 1; i < rows.size(); ++i) verdicts.push_back(summary.medians[i]->ratio->verdict);
    return verdicts;
}

TEST(AVerdict, NeedsSixRoundsForTwoServers) {
    EXPECT_EQ(verdicts({{110, 111, 112, 113, 114}}), std::vector{Verdict::too_few});
    EXPECT_EQ(verdicts({{110, 111, 112, 113, 114, 115}}), std::vector{Verdict::more});
    EXPECT_EQ(verdicts({{90, 91, 92, 93, 94, 95}}), std::vector{Verdict::less});
}

TEST(AVerdict, NeedsMoreRoundsTheMoreServersThereAre) {
    EXPECT_EQ(rounds_for_significance(2), 6u);
    EXPECT_EQ(rounds_for_significance(4), 7u);
    EXPECT_EQ(rounds_for_significance(15), 10u);
    const std::vector<int> six{110, 111, 112, 113, 114, 115};
    EXPECT_EQ(verdicts({six, six}), (std::vector{Verdict::too_few, Verdict::too_few}));
    const std::vector<int> seven{110, 111, 112, 113, 114, 115, 116};
    EXPECT_EQ(verdicts({seven, seven}), (std::vector{Verdict::more, Verdict::more}));
}

TEST(AVerdict, OnTheBaselineSaysThatItIsTheBaseline) {
    for (const std::size_t rounds : {1u, 10u}) {
        const std::vector<int> costs(rounds, 100);
        const std::vector rows{row("epoll", costs), row("minimal", costs)};
        EXPECT_EQ(summarise(rows).medians[1]->ratio->verdict, Verdict::baseline) << rounds;
        EXPECT_NE(summarise(rows).medians[0]->ratio->verdict, Verdict::baseline) << rounds;
    }
}

TEST(AVerdict, IsNoDifferenceIfItCanBeChance) {
    EXPECT_EQ(verdicts({{90, 111, 92, 113, 94, 115}}), std::vector{Verdict::not_told_apart});
}

// A single row would be significant: 4 of 128 cases are as uneven.
TEST(AVerdict, IsNoDifferenceIfOneOfManyRowsCanBeChance) {
    const std::vector<int> hardly{110, 111, 112, 113, 114, 115, 99};
    const std::vector<int> chance{90, 111, 92, 113, 94, 115, 100};
    EXPECT_EQ(verdicts({hardly}), std::vector{Verdict::more});
    EXPECT_EQ(verdicts({hardly, chance, chance}), std::vector(3, Verdict::not_told_apart));
}

TEST(ARatio, CountsOutliersAndKeepsThem) {
    const std::vector rows{row("minimal", std::vector<int>(7, 100)), row("epoll", {100, 101, 102, 103, 104, 105, 300})};
    const std::optional<Ratio> ratio = summarise(rows).medians[1]->ratio;
    EXPECT_EQ(ratio->outliers, 1u);
    EXPECT_EQ(ratio->value, 1.03);
}

std::optional<Limit> limit_at(double load, double server, std::size_t threads, const Cores& cores) {
    ServerResult one = row("epoll", {1});
    one.spec.usual_threads = threads;
    return limit_of(one, {.load_cpu_share = load, .server_cpu_share = server}, cores);
}

TEST(ASummary, DividesByTheNamedBaseline) {
    const std::vector rows{row("minimal", {10, 20, 20}), row("epoll", {10, 22, 30})};
    EXPECT_EQ(summarise(rows, "epoll").baseline, &rows[1]);
    EXPECT_EQ(summarise(rows, "poll").baseline, &rows[0]) << "the named server was not measured";
}

TEST(TheLimit, IsTheSideWithoutSpareTime) {
    const Cores apart{.server = {1}, .load = {0}};
    EXPECT_EQ(limit_at(0.99, 0.6, 1, apart), Limit::generator);
    EXPECT_EQ(limit_at(0.6, 0.99, 1, apart), Limit::server);
    EXPECT_EQ(limit_at(0.99, 0.99, 1, apart), Limit::both);
    EXPECT_EQ(limit_at(0.5, 0.5, 1, apart), Limit::nothing);
}

TEST(TheLimit, IsTheServerOnceItsThreadsUseAllOfTheirCores) {
    const Cores two{.server = {1, 2}, .load = {0}};
    EXPECT_EQ(limit_at(0.99, 1.5, 2, two), Limit::generator);
    EXPECT_EQ(limit_at(0.9, 1.98, 2, two), Limit::server);
    EXPECT_EQ(limit_at(0.9, 0.99, 1, two), Limit::server) << "its one thread uses one core";
}

TEST(TheLimit, IsUnknownIfBothShareACore) { EXPECT_EQ(limit_at(0.99, 0.6, 1, {}), std::nullopt); }

TEST(LittlesLaw, HoldsWithinFivePercent) {
    EXPECT_TRUE(holds_littles_law({.in_flight_ratio = 0.96}));
    EXPECT_TRUE(holds_littles_law({.in_flight_ratio = 1.04}));
    EXPECT_FALSE(holds_littles_law({.in_flight_ratio = 0.94}));
    EXPECT_FALSE(holds_littles_law({.in_flight_ratio = 1.06}));
    EXPECT_TRUE(holds_littles_law({})) << "the ratio is unknown";
}

// Every round has percentiles of 10, 20 and 30 µs. To tell all messages together from them, each took 50 µs.
ServerResult with_messages(const char* name, const std::vector<std::uint64_t>& messages) {
    ServerResult one = row(name, std::vector<int>(messages.size(), 10));
    for (std::size_t i = 0; i < messages.size(); ++i) {
        one.rounds[i]->messages = static_cast<double>(messages[i]);
        one.rounds[i]->load["histogram_ns"] = boost::json::array(1, boost::json::array{50'000, messages[i]});
    }
    return one;
}

Medians medians_with(const std::vector<std::uint64_t>& messages) {
    return *summarise(std::vector{with_messages("minimal", messages)}).medians[0];
}

TEST(APercentile, IsTheMedianIfEachRoundHasTenMessagesBeyondIt) {
    EXPECT_EQ(medians_with({20}).p50, 10);
    EXPECT_EQ(medians_with({1000, 1000}).p99, 20);
    EXPECT_EQ(medians_with({10'000}).p99_9, 30);
}

TEST(APercentile, IsThatOfAllMessagesTogetherIfARoundHasTooFew) {
    constexpr double width_of_buckets = 0.3;
    EXPECT_NEAR(medians_with({19, 20}).p50.value(), 50, width_of_buckets);
    EXPECT_NEAR(medians_with({999, 5000}).p99.value(), 50, width_of_buckets);
    EXPECT_NEAR(medians_with(std::vector<std::uint64_t>(10, 1000)).p99_9.value(), 50, width_of_buckets);
}

// The median of the rounds' percentiles would be that of most rounds.
TEST(APercentile, OfAllMessagesTogetherCountsEachOfThem) {
    ServerResult one = with_messages("minimal", std::vector<std::uint64_t>(10, 160));
    one.rounds[3]->load["histogram_ns"] = {{50'000, 140}, {900'000, 20}};
    EXPECT_NEAR(summarise(std::vector{one}).medians[0]->p99.value(), 900, 5);
}

TEST(APercentile, IsUnknownIfAllRoundsTogetherHaveFewerThanTenMessagesBeyondIt) {
    EXPECT_EQ(medians_with({19}).p50, std::nullopt);
    EXPECT_EQ(medians_with(std::vector<std::uint64_t>(9, 111)).p99, std::nullopt);
    EXPECT_EQ(medians_with(std::vector<std::uint64_t>(10, 999)).p99_9, std::nullopt);
}

TEST(APercentile, LeavesOutRoundsThatAreMissing) {
    ServerResult one = with_messages("minimal", {1000, 1000, 0});
    one.rounds[2].reset();
    EXPECT_EQ(summarise(std::vector{one}).medians[0]->p99, 20);
    one.rounds[1].reset();
    one.rounds[0]->messages = 999;
    EXPECT_NEAR(summarise(std::vector{one}).medians[0]->p99.value(), 50, 0.3);
}

std::string table_of(std::vector<ServerResult> rows) {
    Experiment experiment{.name = std::string(single_comparison), .cores = {.server = {1}, .load = {0}}};
    experiment.points.push_back({.rows = std::move(rows)});
    summarise(experiment, {});
    return text_report(experiment, {}, Style::no, Legend::full);
}

TEST(APercentile, OfAllMessagesTogetherHasNoInterval) {
    const std::vector<std::uint64_t> each(7, 1000), of_all(7, 160);
    const Experiment one = experiment(
        {{with_messages("minimal", each), with_messages("each", each), with_messages("all", of_all)}}, {Figure::p99});
    const std::vector<ServerSummary>& servers = one.points[0].summary.servers;
    EXPECT_TRUE(servers[1].intervals.contains(Figure::p99));
    EXPECT_FALSE(servers[2].intervals.contains(Figure::p99));
    EXPECT_TRUE(servers[2].intervals.contains(Figure::p50));
    const Ranking& ranking = *one.points[0].summary.ranking_by(Figure::p99);
    EXPECT_EQ(ranking.order, (std::vector<std::string>{"each", "all"}));
    EXPECT_EQ(ranking.not_told_apart, std::vector<std::string>{"all"});
    const std::string text = text_report(one, {}, Style::no, Legend::full);
    EXPECT_NE(text.find("\nall                  50.0\n"), std::string::npos) << text;
    const std::string note =
        "p99 µs: of the messages of all rounds together, because some rounds have too few for one of their own: all.\n";
    EXPECT_NE(text.find(note), std::string::npos) << text;
    EXPECT_NE(table_of({with_messages("minimal", each), with_messages("all", of_all)}).find(note), std::string::npos);
    const Results results{.experiments = {one}};
    EXPECT_NE(markdown_text(results).find(note), std::string::npos);
    EXPECT_NE(csv_text(results).find(",latency_us_p99\r\n"), std::string::npos) << csv_text(results);
}

TEST(APercentile, OfTooFewMessagesIsNeitherRankedNorHasAnInterval) {
    ServerResult few = row("few", std::vector<int>(7, 10)), many = row("many", std::vector<int>(7, 10));
    for (std::optional<Round>& round : few.rounds) round->messages = 100;
    const Experiment one = experiment({{row("minimal", std::vector<int>(7, 10)), few, many}}, {Figure::p99});
    const PointSummary& summary = one.points[0].summary;
    EXPECT_EQ(summary.ranking_by(Figure::p99)->order, std::vector<std::string>{"many"});
    EXPECT_FALSE(summary.servers[1].intervals.contains(Figure::p99));
    EXPECT_TRUE(summary.servers[1].intervals.contains(Figure::p50));
    EXPECT_TRUE(summary.servers[2].intervals.contains(Figure::p99));
    EXPECT_EQ(summary.ranking_by(Figure::p99_9), nullptr);
    const std::string text = text_report(one, {}, Style::no, Legend::full);
    EXPECT_NE(text.find("\nfew                     -\n"), std::string::npos) << text;
    EXPECT_NE(text.find("or a latency that fewer than ten messages exceed"), std::string::npos) << text;
}

TEST(TheReport, NamesFailedServersAndTheReason) {
    const std::string text = table_of({failed("minimal"), row("poll", {4})});
    EXPECT_NE(text.find("minimal  failed: died\n"), std::string::npos) << text;
    EXPECT_NE(text.find("poll is the baseline because minimal, the bare epoll loop, was not measured."),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("server on core 1, load on core 0"), std::string::npos) << text;
}

TEST(TheReport, WarnsIfTheGeneratorWasTheLimit) {
    ServerResult fast = row("poll", {4});
    fast.rounds[0]->load_cpu_share = 1;
    fast.rounds[0]->server_cpu = 500ms;
    EXPECT_NE(table_of({fast}).find(
                  "Warning: throughput and latency were limited by the load generator, not by the server: poll."),
              std::string::npos);
    fast.rounds[0]->server_cpu = 990ms;
    EXPECT_EQ(table_of({fast}).find("Warning"), std::string::npos);
}

TEST(TheReport, CountsStarvedClientsInAColumnOfTheirOwn) {
    ServerResult pool = row("pool", {4, 4});
    pool.rounds[1]->starved = 56;
    const std::string text = table_of({pool, row("poll", {4, 4})});
    EXPECT_NE(text.find("KiB/conn  starved\n"), std::string::npos) << text;
    EXPECT_NE(text.find("         -       56\n"), std::string::npos) << text;
    EXPECT_NE(text.find("starved: how many of the 64 clients were never answered, in the round with the most"),
              std::string::npos)
        << text;
}

std::string table_in_sessions(ServerResult one, Legend legend) {
    Experiment experiment{.name = std::string(single_comparison), .cores = {.server = {1}, .load = {0}}};
    one.rounds.front()->slices.resize(10);
    experiment.points.push_back({.rows = {row("minimal", {4, 4}), std::move(one)}, .slice = 20ms});
    summarise(experiment, {});
    return text_report(experiment, {}, {Style::no, 110}, legend);
}

TEST(TheReport, CountsStarvedClientsOfSessions) {
    ServerResult pool = row("pool", {4, 4});
    pool.rounds[1]->starved = 56;
    EXPECT_NE(table_in_sessions(pool, Legend::brief).find("were never answered, in the session with the most;"),
              std::string::npos)
        << table_in_sessions(pool, Legend::brief);
}

TEST(TheShortLegend, HasAtMostFiveLines) {
    const std::string text = table_in_sessions(row("epoll", {4, 4}), Legend::brief);
    const std::string legend = text.substr(text.rfind("\n\n") + 2);
    EXPECT_TRUE(legend.starts_with("CPU µs/msg: ")) << text;
    EXPECT_LE(std::ranges::count(legend, '\n'), 5) << legend;
    EXPECT_NE(legend.find("the verdict, unlike the interval, is corrected"), std::string::npos) << legend;
    EXPECT_NE(legend.find("On loopback, a sender is charged for the kernel's receive work of its peer."),
              std::string::npos)
        << legend;
}

TEST(TheFullLegend, ExplainsEveryColumn) {
    ServerResult epoll = row("epoll", {4});
    epoll.rounds[0]->starved = 1;
    epoll.system_calls = SystemCalls{.per_message = {{"epoll_wait", 0.5}}, .all_per_message = 0.5};
    const std::string text = table_of({epoll});
    for (const char* column :
         {"msgs/s: ", "limit: ", "CPU µs/msg: ", "ratio: ", "verdict ", "p50, p99: ", "calls/msg: ", "KiB/conn: ",
          "starved: ", "user µs, system µs: ", "softirq µs: ", "switches/msg: ", "waits/msg: ", "events/wait: ", "-: "})
        EXPECT_NE(text.find(column), std::string::npos) << column << text;
}

TEST(TheFullLegend, SaysIfTheCostContainsSoftInterrupts) {
    Experiment experiment{.name = std::string(single_comparison), .cores = {.server = {1}, .load = {0}}};
    experiment.points.push_back({.rows = {row("minimal", {4})}});
    summarise(experiment, {});
    const auto says = [&](const char* what) {
        std::string text = text_report(experiment, {}, {}, Legend::full);
        std::ranges::replace(text, '\n', ' ');
        return text.find(what) != std::string::npos;
    };
    EXPECT_TRUE(says("CPU µs/msg contains what interrupts the server"));
    experiment.charges_interrupts = true;
    EXPECT_TRUE(says("it has been added to CPU µs/msg"));
    experiment.charges_interrupts = false;
    experiment.cores = {};
    EXPECT_TRUE(says("not added to CPU µs/msg, because the load runs on the same cores"));
}

// In a session, the servers share the cores that the ticks are of.
TEST(TheReport, HasNoColumnForSoftInterruptsInSessions) {
    const std::string text = table_in_sessions(row("epoll", {4, 4}), Legend::full);
    EXPECT_NE(text.find("server   user µs  system µs  switches/msg  waits/msg  events/wait  spread\n"),
              std::string::npos)
        << text;
    EXPECT_EQ(text.find("softirq"), std::string::npos) << text;
    EXPECT_NE(table_of({row("epoll", {4})}).find("softirq µs: softirq time"), std::string::npos);
}

TEST(TheReport, HasNoColumnForStarvedClientsIfThereAreNone) {
    EXPECT_EQ(table_of({row("poll", {4})}).find("tarved"), std::string::npos);
}

TEST(TheReport, ReportsThatThreadsShareACore) {
    ServerResult two = row("epoll", {4});
    two.spec.options = {"--threads", "2"};
    EXPECT_NE(table_of({two}).find("More threads than cores: epoll --threads 2."), std::string::npos);
    EXPECT_EQ(table_of({row("epoll", {4})}).find("More threads"), std::string::npos);
}

TEST(TheReport, SaysHowLongServersWereWarmedUp) {
    ServerResult mine = row("mine", {4}), theirs = row("theirs", {4}), dead = failed("dead");
    mine.warmup = WarmUp{.time = 1500ms, .settled = true};
    theirs.spec.origin = Origin::attached;
    theirs.warmup = WarmUp{.time = 2s};
    dead.warmup = WarmUp{.time = 5s, .settled = false};
    const std::string text = table_of({row("epoll", {4}), mine, theirs, dead});
    EXPECT_NE(text.find("Warm-up before each session: mine 1.5 s.\nWarm-up before the first session: theirs 2 s.\n"),
              std::string::npos)
        << text;
    EXPECT_EQ(text.find("did not settle"), std::string::npos);
    EXPECT_EQ(table_of({row("epoll", {4})}).find("Warm-up"), std::string::npos);
}

TEST(TheReport, WarnsOfAServerWhoseCostDidNotSettle) {
    ServerResult mine = row("mine", {4});
    mine.warmup = WarmUp{.time = 5s, .settled = false};
    EXPECT_NE(table_of({mine}).find("Warning: mine did not settle within 5 s: its cost was still changing.\n"),
              std::string::npos);
    EXPECT_NE(text_report(experiment({{mine}}), {}, {}, Legend::brief)
                  .find("Warning: mine (1 connections) did not settle within 5 s: its cost was still changing.\n"),
              std::string::npos);
}

TEST(TheReport, NamesServersThatDoNotRestBetweenTheirTurns) {
    ServerResult nonblocking = row("nonblocking", {4}), attached = row("attached", {4}), epoll = row("epoll", {4});
    nonblocking.rounds[0]->load["paused"] = true;
    nonblocking.rounds[0]->load["cpu_share_between"] = 0.9;
    attached.rounds[0]->load["paused"] = false;
    attached.rounds[0]->load["cpu_share_between"] = 0.01;
    epoll.rounds[0]->load["paused"] = false;
    epoll.rounds[0]->load["cpu_share_between"] = 0.001;
    const std::string text = table_of({epoll, nonblocking, attached});
    EXPECT_NE(text.find("because they use CPU time without work: nonblocking.\n"), std::string::npos) << text;
    EXPECT_NE(text.find("may disturb the turns of others: attached.\n"), std::string::npos) << text;
    EXPECT_EQ(table_of({epoll}).find("between the"), std::string::npos);
}

TEST(TheReport, ShowsTheMemoryOfKernelStacks) {
    ServerResult blocking = row("blocking", {4});
    blocking.idle_memory = IdleMemory{.connections = 900, .bytes = 2048, .kernel_stack_bytes = 16384};
    EXPECT_NE(
        table_of({blocking}).find("Not in KiB/conn: the kernel stacks of the threads, per connection: blocking 16.00."),
        std::string::npos)
        << table_of({blocking});
}

TEST(TheReport, ShowsTheMemoryOfTheKernelsSocketOrWhyItIsUnknown) {
    ServerResult epoll = row("epoll", {4});
    epoll.idle_memory = IdleMemory{.connections = 900, .bytes = 2048, .socket_bytes = 3584};
    EXPECT_NE(table_of({epoll}).find("takes another 3.50 KiB/conn at the server's end"), std::string::npos)
        << table_of({epoll});
    epoll.idle_memory->socket_bytes = std::nullopt;
    epoll.idle_memory->socket_unknown = "the kernel does not tell";
    EXPECT_NE(table_of({epoll}).find("how much is unknown: the kernel does not tell."), std::string::npos)
        << table_of({epoll});
}

// A million messages.
TEST(TheReport, SplitsTheTimeOfAMessageAndCountsItsWaits) {
    ServerResult epoll = row("epoll", {4});
    epoll.rounds[0]->messages = 1'000'000;
    epoll.rounds[0]->spent = TimeSpent{1250ms, 2750ms};
    epoll.rounds[0]->core_interrupts = InterruptTime{0ms, 500ms};
    epoll.rounds[0]->switches = {.voluntary = 30'000, .involuntary = 0};
    epoll.rounds[0]->counters =
        server_counters_of({{"messages", 9}, {"bytes_received", 1}, {"waits", 2}, {"ready_events", 5}});
    epoll.system_calls = SystemCalls{.per_message = {{"epoll_wait", 0.5}}, .all_per_message = 0.5};
    const std::string text = table_of({epoll});
    EXPECT_NE(text.find("server  user µs  system µs  softirq µs  switches/msg  waits/msg  events/wait\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("epoll      1.25       2.75        0.50          0.03       0.50         2.50\n"),
              std::string::npos)
        << text;
}

// Rounds of 100,000 messages at 4 µs.
ServerResult with_user_time(const std::vector<std::chrono::milliseconds>& user) {
    ServerResult epoll = row("epoll", std::vector(user.size(), 4));
    for (std::size_t i = 0; i < user.size(); ++i) {
        epoll.rounds[i]->messages = 100'000;
        epoll.rounds[i]->server_cpu = 400ms;
        epoll.rounds[i]->spent = TimeSpent{user[i], 400ms - user[i]};
    }
    return epoll;
}

std::string user_time_in(const std::string& table) {
    const std::size_t at = table.find("\nepoll ", table.find("user µs"));
    std::istringstream cells(table.substr(at));
    std::string server, user;
    cells >> server >> user;
    return user;
}

TEST(TheReport, AddsUpTheTicksOfAllRounds) {
    EXPECT_EQ(user_time_in(table_of({with_user_time({0ms, 0ms, 120ms})})), "0.40");
}

TEST(TheReport, ShowsALimitIfATimeHasFewerThanTenTicks) {
    EXPECT_EQ(user_time_in(table_of({with_user_time({0ms, 50ms, 50ms})})), "0.33");
    EXPECT_EQ(user_time_in(table_of({with_user_time({0ms, 50ms, 40ms})})), "<0.53");
    EXPECT_EQ(user_time_in(table_of({with_user_time({0ms, 0ms, 0ms})})), "<0.53");
    ServerResult few = with_user_time({0ms});
    few.rounds[0]->messages = 10'000;
    few.rounds[0]->server_cpu = 40ms;
    EXPECT_EQ(user_time_in(table_of({few})), "-") << "the limit is above the whole cost";
}

TEST(TheReport, ShowsTheSpreadOfSessions) {
    Experiment experiment{.name = std::string(single_comparison), .cores = {.server = {1}, .load = {0}}};
    ServerResult minimal = row("minimal", {4, 4}), epoll = row("epoll", {4, 4});
    for (std::size_t i = 0; i < 2; ++i) {
        minimal.rounds[i]->slices = {4.0};
        epoll.rounds[i]->slices = {i == 0 ? 4.0 : 4.4};
    }
    experiment.points.push_back({.rows = {minimal, epoll}, .slice = 20ms});
    summarise(experiment, {});
    const std::string text = text_report(experiment, {}, {}, Legend::full);
    EXPECT_NE(text.find("events/wait  spread\n"), std::string::npos) << text;
    EXPECT_NE(text.find(" 7.0 %\n"), std::string::npos) << text;  // exp(ln 1.1 ÷ √2)
    EXPECT_NE(text.find("spread: standard deviation of the ratio from session to session."), std::string::npos) << text;
    EXPECT_EQ(table_of({minimal}).find("spread"), std::string::npos);
}

TEST(TheReport, NamesTheServersWithoutSystemCallCountsIfOthersHaveThem) {
    ServerResult counted = row("epoll", {4});
    counted.system_calls = SystemCalls{.source = SystemCalls::Source::strace, .all_per_message = 2};
    ServerResult attached = row("mine", {4});
    attached.system_calls_unknown = "already running";
    const std::string text = table_of({counted, attached});
    EXPECT_NE(text.find("System calls of mine are not counted: already running."), std::string::npos) << text;
    EXPECT_NE(text.find("counted with strace, which perturbs the result"), std::string::npos) << text;
    EXPECT_NE(table_of({attached}).find("System calls are not counted: already running."), std::string::npos);
}

ServerResult accounted(std::uint64_t sent, std::uint64_t received) {
    ServerResult epoll = row("epoll", {4, 4});
    epoll.rounds[1]->sent_in_all = sent;
    epoll.rounds[1]->counters =
        server_counters_of({{"messages", 9}, {"bytes_received", received}, {"waits", 2}, {"ready_events", 5}});
    return epoll;
}

TEST(TheReport, WarnsIfTheServerReceivedOtherBytesThanWereSent) {
    const std::string text = on_counters({.rows = {accounted(640, 576)}});
    EXPECT_NE(text.find("epoll (round 2: 576 bytes received, 640 sent)"), std::string::npos) << text;
    EXPECT_NE(table_of({accounted(640, 576)}).find("that the server counted differ"), std::string::npos);
    EXPECT_EQ(table_of({accounted(640, 640)}).find("that the server counted differ"), std::string::npos);
}

TEST(TheReport, DoesNotWarnIfSomeBytesMayBeUnread) {
    ServerResult starving = accounted(640, 576);
    starving.rounds[1]->starved = 1;
    EXPECT_EQ(table_of({starving}).find("that the server counted differ"), std::string::npos);
    for (const Work& work : {Work{.datagrams = true}, Work{.flooders = 1}, Work{.service = protocol::Service::discard}})
        EXPECT_EQ(on_counters({.work = work, .rows = {accounted(640, 576)}}), "");
}

// In each of two rounds.
ServerResult over_udp(const char* name, const boost::json::value& lost) {
    ServerResult one = row(name, {4, 4});
    for (std::optional<Round>& round : one.rounds)
        round->load["datagrams"] = {{"sent", 6000}, {"answered", 6000}, {"lost", lost}, {"late", 0}};
    return one;
}

TEST(TheReport, CountsTheDatagramsThatWereLost) {
    const std::vector<ServerResult> rows{over_udp("epoll", 700), over_udp("poll", 0), over_udp("select", 3)};
    EXPECT_NE(table_of(rows).find("\nLost datagrams (no reply in time): epoll 1,400 of 12,000; select 6 of 12,000.\n"),
              std::string::npos)
        << table_of(rows);
    for (const boost::json::value& lost : {boost::json::value(0), boost::json::value(nullptr)})
        EXPECT_EQ(table_of({over_udp("epoll", lost), row("poll", {4, 4})}).find("Lost"), std::string::npos);
}

TEST(TheScenarioReport, CountsTheDatagramsThatWereLostAtEachPoint) {
    const Experiment one = experiment({{over_udp("epoll", 0)}, {over_udp("epoll", 700)}});
    constexpr std::string_view note = "\nLost datagrams (no reply in time): epoll (2 connections) 1,400 of 12,000.\n";
    EXPECT_NE(text_report(one, {}, {}, Legend::brief).find(note), std::string::npos);
    EXPECT_NE(markdown_text(results({one})).find(note), std::string::npos);
}

TEST(TheReport, ReportsMemoryMeasuredWithFewerConnections) {
    ServerResult select = row("select", {4});
    select.idle_memory = IdleMemory{.connections = 500};
    EXPECT_NE(table_of({select}).find("select: measured with 500 connections, its maximum."), std::string::npos)
        << table_of({select});
}

}  // namespace
}  // namespace iomux::compare
