#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <utility>

#include "compare/comparison/ranking_text.hpp"
#include "compare/comparison/scenarios.hpp"
#include "compare/report/report_text.hpp"
#include "compare/report/tables_text.hpp"
#include "compare/results/parse_results.hpp"
#include "compare/results/results_json.hpp"
#include "results/many_kinds.hpp"
#include "rows.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono_literals;

std::string json_text(const Results& results) { return boost::json::serialize(json_of(results)); }

TEST(TheJson, NamesTheProgramTheServerAndItsOptions) {
    const boost::json::value json = json_of(many_kinds());
    const boost::json::value& server = json.at_pointer("/scenarios/0/points/0/servers/1");
    EXPECT_EQ(server.at("title"), "callbacks --threads 2");
    EXPECT_EQ(server.at("program"), "asio");
    EXPECT_EQ(server.at("name"), "callbacks");
    EXPECT_EQ(server.at("options"), (boost::json::array{"--threads", "2"}));
}

TEST(TheJson, HasEveryRoundAndTheMedians) {
    const boost::json::value json = json_of(results({experiment({{failed("minimal"), row("poll", {4, 6, 5})}})}));
    const boost::json::value& point = json.at_pointer("/scenarios/0/points/0");
    EXPECT_EQ(point.at("baseline"), "poll");
    EXPECT_EQ(point.at_pointer("/at/connections"), 1.0);
    EXPECT_EQ(point.at_pointer("/servers/0/failed"), "died");
    EXPECT_TRUE(point.at_pointer("/servers/0/medians").is_null());
    EXPECT_EQ(point.at_pointer("/servers/1/rounds").as_array().size(), 3u);
    EXPECT_EQ(point.at_pointer("/servers/1/medians/cpu_us_per_message"), 5.0);
}

TEST(TheJson, IsReadBackAsItWasWritten) {
    const std::string written = json_text(many_kinds());
    EXPECT_EQ(json_text(parse_results(written)), written);
}

TEST(TheJson, IsEnoughToDrawEveryReportAgain) {
    const Results before = many_kinds();
    const Results after = parse_results(json_text(before));
    EXPECT_EQ(text_report(after, Style::no), text_report(before, Style::no));
    EXPECT_EQ(csv_text(after), csv_text(before));
    EXPECT_EQ(markdown_text(after), markdown_text(before));
}

TEST(TheTextReport, EndsWithAWarningIfTheMachineWasBusy) {
    Results busy = many_kinds();
    busy.claims.clear();
    busy.environment["machine_check"] = {{"doubts", {"the load average was 4.2 on 2 cores"}}};
    const std::string warning = "\nWarning: results are less certain, because the load average was 4.2 on 2 cores.\n";
    EXPECT_TRUE(text_report(busy, {}).ends_with(warning)) << text_report(busy, {});
    busy.environment["machine_check"] = {{"doubts", boost::json::array()}};
    EXPECT_EQ(text_report(busy, {}).find("Warning: results are"), std::string::npos) << text_report(busy, {});
}

TEST(OlderJson, WithoutSomeOfTheMetersIsRead) {
    boost::json::value json = json_of(many_kinds());
    boost::json::object& server = json.at_pointer("/scenarios/0/points/0/servers/1").as_object();
    server.at("rounds").at(0).as_object().erase("server_counters");
    for (const char* name : {"socket_bytes", "socket_unknown"}) server.at("idle_connection").as_object().erase(name);
    const ServerResult read = parse_results(boost::json::serialize(json)).experiments[0].points[0].rows[1];
    EXPECT_FALSE(read.rounds[0]->counters);
    EXPECT_FALSE(read.idle_memory->socket_bytes);
}

std::string refusal_of(const std::string& json) {
    try {
        parse_results(json);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "none";
}

// Stored summaries that name another winner than the rounds do.
boost::json::value with_stored_winner() {
    boost::json::value json = json_of(
        results({experiment({{row("minimal", {9, 9, 9}), row("epoll", {10, 11, 12}), row("poll", {20, 21, 22})}})}));
    json.at_pointer("/scenarios/0/points/0/rankings/0") = {{"best", "poll"},
                                                           {"not_told_apart", boost::json::array{"epoll"}},
                                                           {"order", boost::json::array{"poll", "epoll"}},
                                                           {"figure", "cpu_us_per_message"}};
    json.at_pointer("/scenarios/0/points/0/servers/1/medians/ratio/value") = 7.5;
    // What it is in brief follows from the summaries.
    json.at_pointer("/brief/0/answer") = "Too few measurements to tell.";
    json.at_pointer("/brief/0/why/0/text") =
        "poll takes 2.33 × (too few measurements for a confidence interval) the CPU time of minimal, not told apart "
        "from epoll";
    return json;
}

TEST(AStoredSummary, IsPrintedByEveryReport) {
    const Results read = parse_results(boost::json::serialize(with_stored_winner()));
    for (const std::string& text : {text_report(read, Style::no), markdown_text(read)}) {
        EXPECT_NE(text.find("Lowest CPU µs/msg: poll or epoll (1 connections) (minimal, the baseline, is not "
                            "ranked).\n"),
                  std::string::npos)
            << text;
        EXPECT_NE(text.find("7.50 ?"), std::string::npos) << text;
        EXPECT_NE(text.find("Cheapest: Too few measurements to tell. 1 busy connection: poll takes 2.33 ×"),
                  std::string::npos)
            << text;
    }
    const std::string csv = csv_text(read);
    EXPECT_NE(csv.find(",7.5,"), std::string::npos) << csv;
    EXPECT_NE(csv.find(",,cpu_us_per_message,messages_per_second latency_us_p50"), std::string::npos) << csv;
}

TEST(AStoredSummary, IsWrittenAgainAsItWas) {
    const std::string json = boost::json::serialize(with_stored_winner());
    EXPECT_EQ(json_text(parse_results(json)), json);
}

// As programs wrote them that gave the baseline no verdict of its own.
std::string with_old_verdict_on_the_baseline(std::string_view verdict) {
    boost::json::value json = with_stored_winner();
    json.at_pointer("/scenarios/0/points/0/servers/0/medians/ratio/verdict") = verdict;
    return boost::json::serialize(json);
}

TEST(AStoredSummary, CallsTheBaselineSoWhateverOlderProgramsWrote) {
    const std::string newest = boost::json::serialize(with_stored_winner());
    EXPECT_NE(csv_text(parse_results(newest)).find(",baseline,"), std::string::npos);
    for (const std::string_view verdict : {"too few to tell", "not told apart"}) {
        const std::string old = with_old_verdict_on_the_baseline(verdict);
        EXPECT_EQ(json_text(parse_results(old)), newest) << verdict;
        EXPECT_EQ(upgraded_results(old, boost::json::parse(old)), newest) << verdict;
    }
    EXPECT_EQ(upgraded_results(newest, boost::json::parse(newest)), newest);
}

TEST(AStoredSummary, IsRefusedIfItNamesAServerThatWasNotMeasured) {
    boost::json::value json = with_stored_winner();
    json.at_pointer("/scenarios/0/points/0/rankings/0/not_told_apart/0") = "select";
    EXPECT_EQ(refusal_of(boost::json::serialize(json)),
              "scenarios[0].points[0].rankings[0].not_told_apart[0]: expected the title of a server of this point, not "
              "\"select\"");
}

TEST(AStoredSummary, IsRefusedIfItsBestIsNotTheFirst) {
    boost::json::value json = with_stored_winner();
    json.at_pointer("/scenarios/0/points/0/rankings/0/best") = "epoll";
    EXPECT_EQ(refusal_of(boost::json::serialize(json)),
              "scenarios[0].points[0].rankings[0].best: it is not the first server of the order");
}

// As versions without stored summaries wrote it.
std::string without_summaries(const Results& results) {
    boost::json::value json = json_of(results);
    json.as_object().erase("brief");
    for (boost::json::value& scenario : json.at("scenarios").as_array()) {
        scenario.as_object().erase("crossover");
        for (boost::json::value& point : scenario.at("points").as_array()) {
            for (const char* name : {"rankings", "costs"}) point.as_object().erase(name);
            for (boost::json::value& server : point.at("servers").as_array()) server.as_object().erase("intervals");
        }
    }
    for (const char* points : {"points", "active"})
        for (boost::json::value& point : json.at("monitor").at(points).as_array()) point.as_object().erase("ranking");
    return boost::json::serialize(json);
}

TEST(OlderJson, WithoutSummariesIsReadAndSummarised) {
    EXPECT_EQ(json_text(parse_results(without_summaries(many_kinds()))), json_text(many_kinds()));
}

std::string for_a_page(const std::string& json) { return upgraded_results(json, boost::json::parse(json)); }

TEST(OlderJson, GetsTheSummariesThatAPagePrints) {
    EXPECT_EQ(for_a_page(without_summaries(many_kinds())), json_text(many_kinds()));
}

TEST(OlderJson, NamesEdgeTriggeredEpollInAnotherWay) {
    boost::json::value json = json_of(many_kinds());
    json.at_pointer("/monitor/points/0/mechanisms/0/name") = "epoll_et";
    EXPECT_EQ(parse_results(boost::json::serialize(json)).monitor->points[0].mechanisms[0].mechanism, "epoll-et");
}

TEST(JsonWithSummaries, IsNotChangedByAddingThem) {
    EXPECT_EQ(for_a_page(json_text(many_kinds())), json_text(many_kinds()));
}

TEST(OtherJson, IsNoResultsThatAPagePrints) {
    const auto refusal_of = [](const char* json) -> std::string {
        try {
            return for_a_page(json);
        } catch (const std::runtime_error& error) {
            return error.what();
        }
    };
    for (const char* other : {"[]", R"({"format":"iomux-claims"})"})
        EXPECT_EQ(refusal_of(other), "not results of iomux-compare: \"format\" must be \"iomux-results\"") << other;
    EXPECT_EQ(refusal_of(R"({"format":"iomux-results"})"),
              "only results of versions 1 and 2 can be read; these have no version");
    EXPECT_EQ(refusal_of(R"({"format":"iomux-results","version":2,"brief":null})"), "scenarios is missing");
}

TEST(TheJson, RanksTheMechanismsOfTheMonitor) {
    const boost::json::value json = json_of(many_kinds());
    const boost::json::value expected{
        {"best", "poll"}, {"not_told_apart", boost::json::array()}, {"order", boost::json::array{"poll"}}};
    EXPECT_EQ(json.at_pointer("/monitor/points/0/ranking"), expected);
}

TEST(TheJson, IsRefusedIfItIsNotResults) {
    EXPECT_EQ(refusal_of("{}"), "not results of iomux-compare: \"format\" must be \"iomux-results\"");
    EXPECT_EQ(refusal_of("[1]"), "not results of iomux-compare: \"format\" must be \"iomux-results\"");
    EXPECT_EQ(refusal_of("server,ratio"), "not valid JSON: line 1, column 1: syntax error");
    EXPECT_EQ(refusal_of(""), "not valid JSON: it is empty");
    EXPECT_EQ(refusal_of(R"({"format":"iomux-results"})"),
              "only results of versions 1 and 2 can be read; these have no version");
    EXPECT_EQ(refusal_of(R"({"format":"iomux-results","version":999})"),
              "only results of versions 1 and 2 can be read; these have version 999");
}

TEST(TheJson, IsRefusedIfAMemberIsMissing) {
    const boost::json::object whole = json_of(many_kinds());
    for (const auto& [name, value] : whole) {
        if (name == "brief") continue;  // it is made of the summaries
        boost::json::object less = whole;
        less.erase(name);
        EXPECT_NE(refusal_of(boost::json::serialize(less)), "none") << name;
        if (name == "format" || name == "version") continue;
        EXPECT_EQ(refusal_of(boost::json::serialize(less)), std::string(name) + " is missing");
    }
}

// Replaces each member and element in turn by something else, and calls `check` with its place.
void spoil(boost::json::value& json, const boost::json::value& by, const std::string& place,
           const std::function<void(const std::string&)>& check) {
    if (!place.empty()) {
        const boost::json::value whole = std::exchange(json, by);
        check(place);
        json = whole;
    }
    if (boost::json::object* object = json.if_object())
        for (auto& [name, member] : *object)
            spoil(member, by, place + (place.empty() ? "" : ".") + std::string(name), check);
    if (boost::json::array* array = json.if_array(); array != nullptr && !array->empty())
        spoil(array->front(), by, place + "[0]", check);
}

// Whatever is wrong, the text names the member or a part of it, and it is not that of a library.
TEST(TheJson, IsRefusedWithThePlaceOfAMemberOfAnotherType) {
    for (const boost::json::value& by : {boost::json::value("x"), boost::json::value(-1.5), boost::json::value(true),
                                         boost::json::value(boost::json::array{1}), boost::json::value(1e300),
                                         boost::json::value(boost::json::object{{"a", 1}})}) {
        boost::json::value json = json_of(many_kinds());
        std::size_t refused = 0;
        spoil(json, by, "", [&](const std::string& place) {
            const std::string refusal = refusal_of(boost::json::serialize(json));
            if (refusal == "none") return;
            ++refused;
            for (const char* raw : {"boost", "json.hpp", "out of range", "not exact", "std::", "basic_string", "[json"})
                EXPECT_EQ(refusal.find(raw), std::string::npos) << place << ": " << refusal;
            const std::string first = place.substr(0, place.find_first_of(".["));
            if (first == "format" || first == "version") return;
            EXPECT_EQ(refusal.find(first), 0u) << place << ": " << refusal;
        });
        EXPECT_GT(refused, 100u) << by;
    }
}

TEST(TheJson, IsRefusedWithThePlaceAndTheValue) {
    const auto refusal_at = [](const char* place, const boost::json::value& by) {
        boost::json::value json = json_of(many_kinds());
        json.at_pointer(place) = by;
        return refusal_of(boost::json::serialize(json));
    };
    EXPECT_EQ(refusal_at("/scenarios/0/points/0/label", 5), "scenarios[0].points[0].label: expected a text, not 5");
    EXPECT_EQ(refusal_at("/scenarios/0/points", boost::json::array()),
              "scenarios[0].points: a scenario needs at least one point");
    EXPECT_EQ(refusal_at("/environment", boost::json::object{{"machine_check", boost::json::object()}}),
              "environment.machine_check.doubts is missing");
    EXPECT_EQ(refusal_at("/environment", boost::json::object{{"machine_check", {{"doubts", boost::json::array{5}}}}}),
              "environment.machine_check.doubts[0]: expected a text, not 5");
    EXPECT_EQ(
        refusal_at("/scenarios/0/points/0/work/connections", -1),
        "scenarios[0].points[0].work.connections: expected a whole number from 0 to 18446744073709551615, not -1");
    EXPECT_EQ(refusal_at("/scenarios/0/points/0/work/seconds", -1),
              "scenarios[0].points[0].work.seconds: expected a time from 0 to 1e9 s, not -1");
    EXPECT_EQ(refusal_at("/scenarios/0/figures/0", "speed").find("scenarios[0].figures[0]: expected one of "), 0u);
    EXPECT_EQ(refusal_at("/options/seed", 1e300).find("options.seed: expected a whole number from 0 to 4294967295, "),
              0u);
}

TEST(TheJson, IsRefusedIfTheServersDifferInTheirRounds) {
    const Results uneven = results({experiment({{row("minimal", {1, 2, 3}), row("epoll", {1, 2})}})});
    EXPECT_EQ(refusal_of(json_text(uneven)),
              "scenarios[0].points[0]: the servers of a point differ in their number of rounds");
}

TEST(TheJson, IsRefusedIfThePointsDifferInTheirServers) {
    const Results uneven = results({experiment({{row("minimal", {1}), row("epoll", {1})}, {row("minimal", {1})}})});
    EXPECT_EQ(refusal_of(json_text(uneven)), "scenarios[0]: the points of a scenario differ in their servers");
}

TEST(EveryText, IsPrintableUtf8) {
    const std::string name = "caf\xe9\x1b[2J";
    const std::string shown = R"(caf\xe9\x1b[2J)";
    ServerResult bad = row(name.c_str(), {1, 2, 3});
    ServerResult worse = failed("worse");
    worse.failed = "cannot run /\xff\x1b[2J";
    const Results all = results({experiment({{row("minimal", {1, 2, 3}), bad, worse}})});
    for (const std::string& text : {text_report(all, Style::no), csv_text(all), markdown_text(all)}) {
        EXPECT_NE(text.find(shown), std::string::npos) << text;
        EXPECT_NE(text.find(R"(cannot run /\xff\x1b[2J)"), std::string::npos) << text;
        EXPECT_EQ(text.find_first_of("\x1b\xe9\xff"), std::string::npos) << text;
    }
}

TEST(TheScenarioReport, HasALinePerServerAndAColumnPerPoint) {
    const std::string text = text_report(
        experiment(
            {{row("minimal", std::vector(7, 10)), row("poll", std::vector(7, 10)), row("epoll", std::vector(7, 10))},
             {row("minimal", std::vector(7, 10)), row("poll", std::vector(7, 20)), row("epoll", std::vector(7, 30))}}),
        {}, Style::no);
    EXPECT_NE(text.find("CPU µs/msg       1 connections     2 connections\n"), std::string::npos) << text;
    EXPECT_NE(text.find("minimal                10.0 µs           10.0 µs\n"), std::string::npos) << text;
    EXPECT_NE(text.find("poll        1.00 [1.00–1.00] ≈  2.00 [2.00–2.00]\n"), std::string::npos) << text;
    EXPECT_NE(text.find("Lowest CPU µs/msg: poll or epoll (1 connections); poll (2 connections) (minimal, the "
                        "baseline, is not ranked).\n"),
              std::string::npos)
        << text;
}

TEST(TheScenarioReport, ExplainsTheMarkOfEqualCostsOnlyIfThereAreAny) {
    const auto printed = [](int cost) {
        return text_report(experiment({{row("minimal", std::vector(7, 10)), row("poll", std::vector(7, cost))}}), {},
                           Style::no);
    };
    EXPECT_NE(printed(10).find(" ≈: the same within 2 %.\n"), std::string::npos) << printed(10);
    EXPECT_EQ(printed(20).find("the same"), std::string::npos) << printed(20);
}

TEST(TheTextReport, OfARunThatWasInterruptedAtOnceHasNoTable) {
    Results interrupted = results({experiment({{row("minimal", {10}), row("poll", {10})}})});
    interrupted.partial = true;
    EXPECT_TRUE(text_report(interrupted, {}).starts_with("Interrupted. These are the results so far.\n"));
    for (ServerResult& one : interrupted.experiments[0].points[0].rows) one.rounds = {std::nullopt};
    summarise(interrupted.experiments[0], {});
    EXPECT_EQ(text_report(interrupted, {}), "Interrupted before the first result.\n");
    // The table of a single comparison would not show what is measured before the rounds.
    interrupted.experiments[0].name = single_comparison;
    interrupted.experiments[0].points[0].rows[0].idle_memory = IdleMemory{.connections = 900};
    EXPECT_EQ(text_report(interrupted, {}), "Interrupted before the first result.\n");
    interrupted.experiments[0].points.clear();
    EXPECT_EQ(text_report(interrupted, {}), "Interrupted before the first result.\n");
}

TEST(TheScenarioReport, ExplainsEveryFigureInTheFullLegend) {
    const Experiment all = experiment({{row("minimal", {10}), row("poll", {10})}},
                                      {Figure::cpu, Figure::rate, Figure::p50, Figure::p99, Figure::p99_9,
                                       Figure::idle_memory, Figure::system_calls});
    std::string text = text_report(all, {}, {}, Legend::full);
    std::ranges::replace(text, '\n', ' ');
    for (const char* explained :
         {"CPU µs/msg: CPU", "?: not told apart", "msgs/s: messages", "p50 µs: latency", "p99 µs: latency",
          "p99.9 µs: latency", "KiB/conn: memory", "Memory is counted in pages of 4 KiB", "calls/msg: system calls",
          "[ ] of msgs/s, p50 µs, p99 µs, p99.9 µs: 95 %", "-: does not apply"})
        EXPECT_NE(text.find(explained), std::string::npos) << explained << '\n' << text;
}

std::string legend_of(const Scenario& scenario, Legend legend) {
    Experiment one{.name = std::string(scenario.name), .figures = scenario.figures, .cores = {}, .points = {}};
    one.points = scenario.points(false);
    for (Point& point : one.points) point.rows = {row("minimal", {10}), row("poll", {10})};
    summarise(one, {});
    return text_report(one, {}, {}, legend);
}

TEST(TheFullLegendOfEveryScenario, ExplainsItsColumns) {
    const std::map<std::string_view, std::string_view> explained{
        {"throughput", "Columns: connections or sockets, of"}, {"latency", "Columns: messages per second: the rate"},
        {"idle", "Columns: idle: connections that"},           {"active", "active: the share of the connections"},
        {"churn", "Columns: connections or sockets, of"},      {"size", "Columns: bytes, KiB, MiB: the size"},
        {"depth", "Columns: in flight: messages that"},        {"memory", "Columns: idle: connections that"},
        {"syscalls", "Columns: connections or sockets, of"},   {"threads", "Columns: connections or sockets, of"},
        {"slow", "Columns: what the server does for each"},    {"fairness", "Columns: flooder: a client with"},
        {"udp", "Columns: connections or sockets, of"}};
    for (const Scenario& scenario : scenarios()) {
        std::string text = legend_of(scenario, Legend::full);
        std::ranges::replace(text, '\n', ' ');
        ASSERT_TRUE(explained.contains(scenario.name)) << scenario.name;
        EXPECT_NE(text.find(explained.at(scenario.name)), std::string::npos) << text;
        for (const Figure figure : scenario.figures)
            EXPECT_NE(text.find(fmt::format(" {}: ", title_of(figure))), std::string::npos) << text;
        const bool has_cost = std::ranges::find(scenario.figures, Figure::cpu) != scenario.figures.end();
        EXPECT_EQ(text.find("On loopback, send(2)") != std::string::npos, has_cost) << text;
        EXPECT_EQ(legend_of(scenario, Legend::brief).find("On loopback, a sender") != std::string::npos, has_cost);
    }
}

TEST(TheScenarioReport, DoesNotRankByTheRateOfTheGenerator) {
    ServerResult fast = row("fast", {1});
    fast.rounds[0]->messages_per_second = 9000;
    fast.rounds[0]->load_cpu_share = 1;
    const std::string text =
        text_report(experiment({{row("poll", {10}), row("select", {10}), fast}}, {Figure::rate}), {}, Style::no);
    EXPECT_NE(text.find("9,000 *"), std::string::npos) << text;
    EXPECT_NE(text.find("Highest msgs/s: poll or select (1 connections).\n"), std::string::npos) << text;
}

TEST(TheScenarioReport, NamesNoBestServerIfOnlyOneIsRanked) {
    const std::string text =
        text_report(experiment({{row("minimal", std::vector(7, 10)), row("poll", std::vector(7, 20))}},
                               {Figure::cpu, Figure::rate}),
                    {}, {});
    EXPECT_EQ(text.find("Lowest"), std::string::npos) << text;
    EXPECT_EQ(text.find("Highest"), std::string::npos) << text;
}

TEST(TheScenarioReport, RanksNoServerIfTheGeneratorWasTheLimitForAll) {
    ServerResult fast = row("poll", {1});
    fast.rounds[0]->load_cpu_share = 1;
    ServerResult as_fast = fast;
    as_fast.spec.name = "fast";
    for (ServerResult* one : {&fast, &as_fast}) one->rounds[0]->server_cpu = 500ms;
    const std::string text = text_report(experiment({{fast, as_fast}}, {Figure::rate}), {}, {});
    EXPECT_NE(text.find("*: limited by the load generator, not by the server; not ranked.\n"), std::string::npos)
        << text;
    EXPECT_EQ(text.find("Highest msgs/s"), std::string::npos) << text;
}

std::string report_of_flight(double flight, Figure figure) {
    ServerResult one = row("poll", {10});
    one.rounds[0]->in_flight_ratio = flight;
    return text_report(experiment({{row("minimal", {10}), one}}, {figure}), {}, {});
}

TEST(TheScenarioReport, MarksFiguresThatLittlesLawContradicts) {
    for (const auto& [figure, marked] :
         {std::pair{Figure::cpu, "1.00 ? †\n"}, {Figure::rate, "1,000 †\n"}, {Figure::p99, "20.0 †\n"}})
        for (const double off : {0.94, 1.06}) {
            const std::string text = report_of_flight(off, figure);
            EXPECT_NE(text.find(marked), std::string::npos) << text;
            EXPECT_NE(text.find("†: rate × mean latency differs by more than 5 % from the number of messages in "
                                "flight. Possible causes: "),
                      std::string::npos)
                << text;
        }
}

TEST(TheScenarioReport, MarksNothingIfLittlesLawHoldsOrDoesNotApply) {
    EXPECT_EQ(report_of_flight(0.96, Figure::cpu).find("†"), std::string::npos);
    EXPECT_EQ(report_of_flight(0.5, Figure::idle_memory).find("†"), std::string::npos);
}

TEST(TheScenarioReport, MarksFiguresIfTheRateWasNotKept) {
    ServerResult one = row("poll", {10});
    one.rounds[0]->load["open_loop"] = {{"due", 1000}, {"sent", 980}, {"unsent", 20}};
    take_figures(one.rounds[0]->load, *one.rounds[0]);
    const auto printed = [&] { return text_report(experiment({{row("minimal", {10}), one}}, {Figure::p99}), {}, {}); };
    EXPECT_NE(printed().find("20.0 ‡\n"), std::string::npos) << printed();
    EXPECT_NE(printed().find(
                  "‡: more than 1 % of the requests could not be sent within the window; their latencies are missing"),
              std::string::npos)
        << printed();
    one.rounds[0]->unsent_share = 0.01;
    EXPECT_EQ(printed().find("‡"), std::string::npos) << printed();
}

TEST(TheMarkdown, HasTheMarksAndTheirMeaning) {
    ServerResult one = row("minimal", {10});
    one.rounds[0]->in_flight_ratio = 0.9;
    const std::string text = markdown_text(results({experiment({{one}}, {Figure::rate})}));
    EXPECT_NE(text.find("| 1,000 † |\n"), std::string::npos) << text;
    EXPECT_NE(text.find("†: rate"), std::string::npos) << text;
}

TEST(TheScenarioReport, SaysWhyAServerIsMissing) {
    const std::string text = text_report(many_kinds().experiments[0], {}, Style::no);
    EXPECT_NE(text.find("select (1 connections) skipped: serves few"), std::string::npos) << text;
    EXPECT_NE(text.find("poll (1 connections) failed: died.\n"), std::string::npos) << text;
}

TEST(TheCsv, QuotesFieldsWithCommasAndQuotes) {
    const std::string text = csv_text(many_kinds());
    EXPECT_NE(text.find("throughput,connections=1,select,\"serves few, \"\"it\"\" says\",6,"), std::string::npos)
        << text;
}

TEST(TheCsv, HasTheSameNumberOfFieldsInEveryLine) {
    const std::string text =
        csv_text(results({experiment({{row("minimal", {1}), row("poll", {1}), failed("epoll")}})}));
    std::istringstream lines(text);
    std::string header;
    std::getline(lines, header);
    for (std::string line; std::getline(lines, line);)
        EXPECT_EQ(std::ranges::count(line, ','), std::ranges::count(header, ',')) << line;
}

TEST(TheMarkdown, OfASingleComparisonNamesItsWork) {
    Experiment single = experiment({{row("minimal", {1})}});
    single.name = single_comparison;
    single.points[0].label = "";
    EXPECT_NE(markdown_text(results({single})).find("| CPU µs/msg | 1 connection × 64 bytes"), std::string::npos);
}

TEST(TheMarkdown, EscapesBars) {
    ServerResult odd = row("minimal", {1});
    odd.spec.name = "a|b";
    EXPECT_NE(markdown_text(results({experiment({{odd}})})).find("| a\\|b |"), std::string::npos);
}

}  // namespace
}  // namespace iomux::compare
