#include "compare/results/events.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>

#include "compare/measure/session.hpp"
#include "compare/process/temporary_folder.hpp"
#include "rows.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono_literals;

class EventsOfASession : public testing::Test {
protected:
    // In each cycle every server has a slice of 20 ms with 100 messages. The CPU time is that of the first server; the
    // second needs twice as much.
    void cycle(std::size_t number, std::chrono::nanoseconds cpu) {
        for (std::size_t server = 0; server < specs_.size(); ++server)
            events_.turn_ended(
                specs_[server],
                {.server = server, .cycle = number, .messages = 100, .seconds = 0.02, .cpu = cpu * (server + 1)});
    }
    std::vector<boost::json::object> told() const {
        std::ifstream file(path_);
        std::vector<boost::json::object> lines;
        for (std::string line; std::getline(file, line);) lines.push_back(boost::json::parse(line).as_object());
        return lines;
    }

    const TemporaryFolder folder_;
    const std::string path_ = folder_.path() / "events";
    const std::vector<ServerSpec> specs_{{.name = "one", .path = "x"}, {.name = "other", .path = "x"}};
    Events events_{path_};
};

TEST_F(EventsOfASession, AreOnePerTenthOfAMeasuredSecondWithWholeCycles) {
    events_.session_begins(3, 10);
    for (std::size_t number = 0; number < 10; ++number) cycle(number, 1ms);
    events_.session_ended({}, "");
    std::vector<double> sessions;
    for (const boost::json::object& event : told())
        if (event.at("event") == "slices") {
            sessions.push_back(event.at("sessions").to_number<double>());
            EXPECT_EQ(event.at("session"), 3);
            EXPECT_EQ(event.at("servers").as_array().size(), 2u);
        }
    ASSERT_EQ(sessions.size(), 4u);
    EXPECT_DOUBLE_EQ(sessions[0], 2.3);
    EXPECT_DOUBLE_EQ(sessions[1], 2.6);
    EXPECT_DOUBLE_EQ(sessions[2], 2.9);
    EXPECT_DOUBLE_EQ(sessions[3], 3);
}

TEST_F(EventsOfASession, HaveTheFiguresOfAllSlicesSinceTheLastEvent) {
    events_.session_begins(1, 3);
    for (const auto& [number, cpu] : {std::pair(std::size_t{0}, 1ms), {1, 2ms}, {2, 3ms}}) cycle(number, cpu);
    events_.session_ended({}, "");
    const boost::json::array servers = told().front().at("servers").as_array();
    EXPECT_EQ(servers.at(0).at("server"), "one");
    EXPECT_DOUBLE_EQ(servers.at(0).at("messages_per_second").to_number<double>(), 5000);
    EXPECT_DOUBLE_EQ(servers.at(0).at("cpu_us_per_message").to_number<double>(), 20);
    EXPECT_DOUBLE_EQ(servers.at(1).at("cpu_us_per_message").to_number<double>(), 40);
}

TEST_F(EventsOfASession, HaveNoCostOfASliceWithoutMessages) {
    events_.session_begins(1, 1);
    events_.turn_ended(specs_[0], {.seconds = 0.02, .cpu = 1ms});
    events_.session_ended({}, "");
    const boost::json::value server = told().front().at("servers").at(0);
    EXPECT_TRUE(server.at("messages_per_second").is_null());
    EXPECT_TRUE(server.at("cpu_us_per_message").is_null());
}

TEST_F(EventsOfASession, DoNotMixItsSlicesWithThoseOfASessionThatWasCutOff) {
    events_.session_begins(1, 2);
    cycle(0, 1ms);
    events_.session_begins(2, 2);
    cycle(0, 5ms);
    events_.session_ended({}, "");
    EXPECT_DOUBLE_EQ(told().front().at("servers").at(0).at("cpu_us_per_message").to_number<double>(), 50);
}

TEST_F(EventsOfASession, NameThePointsOfAScenario) {
    Experiment idle{.name = "idle", .question = "What?"};
    idle.points.push_back({.at = {{"idle", 0}}, .label = "0 idle"});
    idle.points.push_back({.at = {{"idle", 900}}, .label = "900 idle"});
    idle.points.push_back({.at = {{"idle", 1000}}, .label = "1,000 idle"});
    idle.points.back().work.idle = 1000;
    std::vector<ServerSpec> specs = specs_;
    specs.front().descriptor_ceiling = 1024;
    events_.started(specs, idle, {});
    events_.point_begins(2);
    const std::vector<boost::json::object> events = told();
    EXPECT_EQ(
        events.at(0).at("scenario").at("points").at(1),
        (boost::json::object{{"label", "900 idle"}, {"at", {{"idle", 900.0}}}, {"skipped", boost::json::array()}}));
    EXPECT_EQ(
        events.at(0).at("scenario").at("points").at(2).at("skipped"),
        (boost::json::array{{{"server", specs_.front().title()}, {"why", "supports only descriptors below 1,024"}}}));
    EXPECT_EQ(events.at(1), (boost::json::object{{"event", "point"}, {"point", 2}}));
}

TEST_F(EventsOfASession, HaveNoPointsWithoutAScenario) {
    Experiment single{.name = std::string(single_comparison)};
    single.points.emplace_back();
    events_.started(specs_, single, {});
    events_.point_begins(1);
    ASSERT_EQ(told().size(), 1u);
    EXPECT_TRUE(told().front().at("scenario").is_null());
}

TEST_F(EventsOfASession, BeginWithTheNumberOfRoundsUnlessABudgetDecidesIt) {
    events_.started(specs_, Work{}, {.sessions = SessionLimits{}, .least_rounds = 10, .most_rounds = 10});
    events_.started(specs_, Work{}, {.least_rounds = 6, .most_rounds = 1000, .budget = 1s});
    const std::vector<boost::json::object> events = told();
    EXPECT_EQ(events.at(0).at("in_sessions"), true);
    EXPECT_EQ(events.at(0).at("rounds"), 10);
    EXPECT_EQ(events.at(1).at("in_sessions"), false);
    EXPECT_TRUE(events.at(1).at("rounds").is_null());
}

TEST_F(EventsOfASession, EndWithTheRatiosSoFar) {
    ServerResult skipped{.spec = {.name = "absent", .path = "x"}, .skipped = "not here"};
    const std::vector<ServerResult> rows{row("base", {10, 10}), row("twice", {20, 20}), failed("dead"),
                                         std::move(skipped)};
    events_.session_begins(2, 1);
    events_.session_ended(rows, "base");
    const boost::json::object event = told().back();
    EXPECT_EQ(event.at("event"), "session");
    EXPECT_EQ(event.at("session"), 2);
    EXPECT_EQ(event.at("baseline"), "base");
    const boost::json::array& servers = event.at("servers").as_array();
    ASSERT_EQ(servers.size(), 3u) << "without the skipped one";
    EXPECT_EQ(servers.at(0).at("ratio").at("verdict"), "baseline");
    EXPECT_EQ(servers.at(1).at("server"), "twice");
    EXPECT_DOUBLE_EQ(servers.at(1).at("ratio").at("value").to_number<double>(), 2);
    EXPECT_EQ(servers.at(1).at("ratio").at("verdict"), "too few to tell");
    EXPECT_DOUBLE_EQ(servers.at(1).at("latest").at("p99_us").to_number<double>(), 20);
    EXPECT_DOUBLE_EQ(servers.at(1).at("latest").at("ratio").to_number<double>(), 2);
    EXPECT_TRUE(servers.at(2).at("latest").at("cpu_us_per_message").is_null());
    EXPECT_EQ(servers.at(2).at("failed"), "died");
    EXPECT_TRUE(servers.at(2).at("ratio").is_null());
    EXPECT_TRUE(servers.at(2).at("latest").at("p99_us").is_null());
}

boost::json::value servers_in_session(Events& events, const std::vector<ServerResult>& rows, const std::string& path) {
    events.session_begins(1, 1);
    events.session_ended(rows, "base");
    std::ifstream file(path);
    return boost::json::parse(std::string(std::istreambuf_iterator(file), {})).at("servers");
}

TEST_F(EventsOfASession, HaveLatestPercentilesOfEnoughMessagesOnly) {
    std::vector<ServerResult> rows{row("base", {10, 10}), row("few", {10, 10}), row("fewer", {10, 10})};
    rows[1].rounds[1]->messages = 999;
    rows[2].rounds[1]->messages = 19;
    const boost::json::value servers = servers_in_session(events_, rows, path_);
    using Percentiles = std::pair<boost::json::value, boost::json::value>;
    const auto percentiles = [&](std::size_t i) {
        const boost::json::value& latest = servers.at(i).at("latest");
        return Percentiles(latest.at("p50_us"), latest.at("p99_us"));
    };
    EXPECT_EQ(percentiles(0), Percentiles(10.0, 20.0));
    EXPECT_EQ(percentiles(1), Percentiles(10.0, nullptr));
    EXPECT_EQ(percentiles(2), Percentiles(nullptr, nullptr));
}

TEST_F(EventsOfASession, CallRatiosTheSameAsTheResultsDo) {
    const std::vector<ServerResult> rows{row("base", std::vector(10, 1000)), row("same", std::vector(10, 1000)),
                                         row("noisy", {1300, 800, 1300, 800, 1300, 800, 1300, 800, 1300, 800})};
    const boost::json::value servers = servers_in_session(events_, rows, path_);
    EXPECT_EQ(servers.at(1).at("ratio").at("verdict"), "not told apart");
    EXPECT_EQ(servers.at(1).at("ratio").at("same_within"), 0.02);
    EXPECT_EQ(servers.at(2).at("ratio").at("verdict"), "not told apart");
    EXPECT_TRUE(servers.at(2).at("ratio").at("same_within").is_null());
}

TEST_F(EventsOfASession, OfAWindowHavePercentilesOfEnoughMessagesOnly) {
    ServerResult few = row("one", {10});
    few.rounds[0]->messages = 999;
    events_.round_begins(few.spec, 1);
    events_.round_ended(few);
    EXPECT_EQ(told().back().at("p50_us"), 10.0);
    EXPECT_TRUE(told().back().at("p99_us").is_null());
}

}  // namespace
}  // namespace iomux::compare
