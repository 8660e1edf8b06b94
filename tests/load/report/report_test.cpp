#include "load/report/report.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <set>

namespace iomux::load {
namespace {

using namespace std::chrono_literals;

Result measured() {
    Result result;
    result.measured.length = 2s;
    result.measured.cpu = 1s;
    result.measured.messages = 100;
    result.measured.sent = 6400;
    result.measured.received = 6400;
    for (int i = 1; i <= 100; ++i) result.measured.latency.record(i * 1us);
    return result;
}

Result with_messages(std::uint64_t count) {
    Result result;
    result.measured.latency.record(10us, count);
    return result;
}

boost::json::object json_of(const Workload& workload, const Result& result) {
    return boost::json::parse(report_as_json(workload, result)).as_object();
}

std::set<std::string> keys_of(const boost::json::object& object) {
    std::set<std::string> keys;
    for (const auto& member : object) keys.emplace(member.key());
    return keys;
}

TEST(JsonReport, HasTheKeysThatOtherProgramsRead) {
    const boost::json::object report = json_of({}, measured());
    EXPECT_EQ(keys_of(report), (std::set<std::string>{"connections",
                                                      "idle",
                                                      "size",
                                                      "sizes",
                                                      "depth",
                                                      "threads",
                                                      "churn",
                                                      "service",
                                                      "framing",
                                                      "interrupted",
                                                      "seconds",
                                                      "messages",
                                                      "messages_per_second",
                                                      "bytes_per_second",
                                                      "bytes_sent",
                                                      "bytes_sent_in_all",
                                                      "latency_us",
                                                      "histogram_ns",
                                                      "open_loop",
                                                      "errors",
                                                      "error",
                                                      "starved",
                                                      "cpu_share",
                                                      "cpu_seconds"}));
    EXPECT_EQ(keys_of(report.at("latency_us").as_object()),
              (std::set<std::string>{"p50", "p90", "p99", "p99_9", "max", "mean"}));
}

TEST(JsonReport, IsOneLine) {
    EXPECT_EQ(report_as_json({}, measured()).find('\n') + 1, report_as_json({}, measured()).size());
}

TEST(JsonReport, HasRatesOfTheWindow) {
    const boost::json::object report = json_of({}, measured());
    EXPECT_EQ(report.at("messages_per_second").to_number<double>(), 50);
    EXPECT_EQ(report.at("bytes_per_second").to_number<double>(), 6400);
    EXPECT_EQ(report.at("cpu_share").to_number<double>(), 0.5);
    EXPECT_EQ(report.at("latency_us").at("max").to_number<double>(), 100);
    EXPECT_TRUE(report.at("error").is_null());
}

// At least ten messages are beyond a percentile.
TEST(Reports, HaveAPercentileOnlyIfThereAreEnoughMessages) {
    const std::vector<std::pair<std::uint64_t, std::string>> texts{
        {19, "p50 -, p90 -, p99 -, p99.9 -, max 10.0 µs"},
        {20, "p50 10.0, p90 -, p99 -, p99.9 -, max 10.0 µs"},
        {100, "p50 10.0, p90 10.0, p99 -, p99.9 -, max 10.0 µs"},
        {999, "p50 10.0, p90 10.0, p99 -, p99.9 -, max 10.0 µs"},
        {1000, "p50 10.0, p90 10.0, p99 10.0, p99.9 -, max 10.0 µs"},
        {9999, "p50 10.0, p90 10.0, p99 10.0, p99.9 -, max 10.0 µs"},
        {10'000, "p50 10.0, p90 10.0, p99 10.0, p99.9 10.0, max 10.0 µs"}};
    for (const auto& [count, text] : texts)
        EXPECT_NE(report_as_text({}, with_messages(count)).find("latency   " + text + "\n"), std::string::npos)
            << count;
    for (const auto& [name, least] : {std::pair{"p50", 20u}, {"p90", 100u}, {"p99", 1000u}, {"p99_9", 10'000u}}) {
        EXPECT_TRUE(json_of({}, with_messages(least - 1)).at("latency_us").at(name).is_null()) << name;
        EXPECT_EQ(json_of({}, with_messages(least)).at("latency_us").at(name), 10.0) << name;
    }
}

TEST(ASample, HasAPercentileOnlyIfThereAreEnoughMessages) {
    EXPECT_NE(sample_line(with_messages(19).measured).find("\"p50_us\":null,\"p99_us\":null}"), std::string::npos);
    EXPECT_NE(sample_line(with_messages(999).measured).find("\"p50_us\":10.0,\"p99_us\":null}"), std::string::npos);
    EXPECT_NE(sample_line(with_messages(1000).measured).find("\"p99_us\":10.0}"), std::string::npos);
}

TEST(JsonReport, HasTheHistogramAsPairsOfATimeAndItsCount) {
    Result result;
    result.measured.latency.record(200ns, 3);
    result.measured.latency.record(201ns);
    EXPECT_EQ(boost::json::serialize(json_of({}, result).at("histogram_ns")), "[[200,3],[201,1]]");
}

TEST(JsonReport, HasNoLatencyWithServiceDiscard) {
    Result result = measured();
    result.measured.latency = {};
    EXPECT_TRUE(json_of({.protocol = {.service = protocol::Service::discard}}, result).at("latency_us").is_null());
}

TEST(JsonReport, OfAWindowNeverReachedHasZeroRatesAndTheError) {
    const boost::json::object report = json_of({}, {.measured = {}, .errors = 2, .error = "refused"});
    EXPECT_EQ(report.at("messages_per_second").to_number<double>(), 0);
    EXPECT_EQ(report.at("errors").to_number<int>(), 2);
    EXPECT_EQ(report.at("error").as_string(), "refused");
}

const Workload at_a_rate{.open_loop = OpenLoop{.rate = 50}};

Result with_lateness() {
    Result result = measured();
    result.measured.punctuality.due = 102;
    result.measured.punctuality.sent = 100;
    result.measured.punctuality.late = 7;
    result.measured.punctuality.unsent = 2;
    result.measured.punctuality.backlog = 5000;
    result.measured.punctuality.backlog_sent = 3;
    result.measured.punctuality.answered_later = 4;
    result.measured.punctuality.unanswered = 1;
    result.measured.punctuality.lateness.record(100us, 99);
    result.measured.punctuality.lateness.record(3ms);
    return result;
}

TEST(JsonReport, HasThePunctualityOfAnOpenLoop) {
    EXPECT_EQ(json_of(at_a_rate, with_lateness()).at("open_loop"),
              boost::json::parse(R"({"rate": 50.0, "arrivals": "exponential", "due": 102, "sent": 100, "late": 7,
                                     "late_after_us": 1000.0, "unsent": 2, "backlog": 5000, "backlog_sent": 3,
                                     "answered_later": 4, "unanswered": 1,
                                     "send_lateness_us": {"p50": 100.096, "p99": null, "max": 3000.0}})"));
}

TEST(JsonReport, HasNullForTheOpenLoopInAClosedLoop) { EXPECT_TRUE(json_of({}, measured()).at("open_loop").is_null()); }

TEST(TextReport, HasThePunctualityOfAnOpenLoop) {
    EXPECT_NE(
        report_as_text(at_a_rate, with_lateness())
            .find("open loop 50 per second, exponential: 102 due, 100 sent, 7 of them over 1,000 µs late, 2 unsent\n"
                  "backlog   5,000 were due before the measurement and unsent when it began; 3 of them sent in it\n"
                  "lateness  p50 100.1, p99 -, max 3,000.0 µs\n"
                  "at end    4 answered after the window, 1 not answered within 1 s of it\n"),
        std::string::npos);
}

TEST(TextReport, HasNoBacklogIfThereWasNone) {
    Result result = with_lateness();
    result.measured.punctuality.backlog = 0;
    EXPECT_EQ(report_as_text(at_a_rate, result).find("backlog"), std::string::npos);
}

TEST(TextReport, GroupsTheDigitsOfItsFigures) {
    const Workload workload{.connections = 1000, .size = 65'536, .depth = 2000, .idle = 3000};
    Result result = measured();
    result.measured.length = 1s;
    result.measured.messages = 1'234'567;
    result.measured.sent = 2'345'678'901;
    result.measured.received = 3'456'789'012;
    result.measured.latency.record(1234567us, 10'000);
    result.errors = 4321;
    result.starved = 5432;
    EXPECT_EQ(report_as_text(workload, result),
              "1,000 connections x 65,536 bytes, depth 2,000, 3,000 idle; service echo, framing chunk; 1.00 s\n"
              "messages  1,234,567 per second (1,234,567 answered)\n"
              "bytes     2,345.68 MB/s sent, 3,456.79 MB/s received\n"
              "latency   p50 1,234,567.0, p90 1,234,567.0, p99 1,234,567.0, p99.9 1,234,567.0, max 1,234,567.0 µs\n"
              "errors    4,321\n"
              "starved   5,432\n"
              "own CPU   100 % of one core\n");
}

Result interrupted_after(std::chrono::nanoseconds length) {
    Result result = with_lateness();
    result.measured.length = length;
    result.stopped = true;
    return result;
}

TEST(JsonReport, SaysWhetherTheRunWasInterrupted) {
    EXPECT_EQ(json_of({}, measured()).at("interrupted"), false);
    EXPECT_EQ(json_of({}, interrupted_after(1s)).at("interrupted"), true);
}

TEST(TextReport, SaysAtItsBeginningThatTheRunWasInterrupted) {
    const Workload workload{.duration = 10s};
    const std::string text = report_as_text(workload, interrupted_after(1500ms));
    EXPECT_TRUE(text.starts_with("Interrupted after 1.50 s of 10 s. These are the results so far.\n64 connections x "))
        << text;
    EXPECT_EQ(report_as_text(workload, measured()).find("nterrupted"), std::string::npos);
}

TEST(TextReport, HasNoFiguresIfTheRunWasInterruptedBeforeTheMeasurement) {
    EXPECT_EQ(report_as_text({}, interrupted_after(0s)), "Interrupted before the measurement began.\n");
}

TEST(TextReport, DoesNotSayThatAnInterruptedRunHasWaitedForReplies) {
    EXPECT_NE(report_as_text(at_a_rate, interrupted_after(1s))
                  .find("4 answered after the window, 1 not answered when it was interrupted\n"),
              std::string::npos);
}

const Workload over_udp{.transport = Transport::datagrams};

Result with_losses() {
    Result result = measured();
    result.measured.datagrams = {.sent = 126, .lost = 25, .late = 3};
    return result;
}

TEST(JsonReport, HasTheCountsOfDatagrams) {
    const boost::json::object report = json_of(over_udp, with_losses());
    const boost::json::object& datagrams = report.at("datagrams").as_object();
    EXPECT_EQ(keys_of(datagrams), (std::set<std::string>{"sent", "answered", "lost", "lost_share", "late"}));
    EXPECT_EQ(datagrams.at("sent").to_number<int>(), 126);
    EXPECT_EQ(datagrams.at("answered").to_number<int>(), 100);
    EXPECT_EQ(datagrams.at("lost").to_number<int>(), 25);
    EXPECT_EQ(datagrams.at("lost_share").to_number<double>(), 0.2);
    EXPECT_EQ(datagrams.at("late").to_number<int>(), 3);
    EXPECT_TRUE(report.at("framing").is_null());
}

TEST(JsonReport, HasNullForLossWithServiceDiscard) {
    Workload workload = over_udp;
    workload.protocol.service = protocol::Service::discard;
    const boost::json::object report = json_of(workload, with_losses());
    EXPECT_EQ(report.at("datagrams").at("sent").to_number<int>(), 126);
    EXPECT_TRUE(report.at("datagrams").at("lost").is_null());
}

TEST(TextReport, HasTheShareOfLostDatagrams) {
    EXPECT_NE(report_as_text(over_udp, with_losses())
                  .find("datagrams 126 sent, 100 answered, 25 lost (20 %), 3 late replies\n"),
              std::string::npos);
}

TEST(Reports, SayThatEveryMessageHadItsOwnConnection) {
    const Workload churn{.churn = true};
    EXPECT_TRUE(json_of(churn, measured()).at("churn").as_bool());
    EXPECT_TRUE(
        report_as_text(churn, measured()).starts_with("64 connections at a time, one message of 64 bytes on each;"));
}

TEST(Reports, SayHowSizesAreDistributed) {
    const Workload drawn{.size = Sizes::uniform(16, 1024)};
    const boost::json::object report = json_of(drawn, measured());
    EXPECT_EQ(report.at("sizes"), "uniform:16-1024");
    EXPECT_NEAR(report.at("size").to_number<double>(), 520, 0.5);
    EXPECT_TRUE(report_as_text(drawn, measured())
                    .starts_with("64 connections x 16 to 1,024 bytes (uniform, mean 520), depth 1,"));
}

TEST(Reports, HaveTheThreadsAndTheirShareOfTheirCores) {
    const Workload threaded{.threads = 2};
    Result result = measured();
    result.measured.cores = 2;
    const boost::json::object report = json_of(threaded, result);
    EXPECT_EQ(report.at("threads"), 2);
    EXPECT_EQ(report.at("cpu_share").to_number<double>(), 0.25);
    EXPECT_NE(report_as_text(threaded, result).find("0 idle, 2 threads; service"), std::string::npos);
}

TEST(TextReport, CountsStarvedConnections) {
    Result result = measured();
    result.starved = 7;
    EXPECT_NE(report_as_text({}, result).find("starved   7\n"), std::string::npos);
}

TEST(TextReport, SaysWhyThereIsNoLatency) {
    Result result = measured();
    result.measured.latency = {};
    const Workload discard{.protocol = {.service = protocol::Service::discard}};
    EXPECT_NE(report_as_text(discard, result).find("not measured: service discard sends no replies"),
              std::string::npos);
}

}  // namespace
}  // namespace iomux::load
