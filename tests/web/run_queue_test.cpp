#include "compare/web/run_queue.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "compare/web/continued_run.hpp"
#include "fixtures.hpp"

namespace iomux::compare::web {
namespace {

class Queue : public testing::Test {
protected:
    const web::Run& add() { return *queue.add(parse_run_request(R"({"servers": ["epoll"]})", servers)); }
    RunState state_of(const std::string& id) { return queue.find(id)->state; }
    void let_it_end(std::optional<std::string> how = std::nullopt) {
        const ProcessListener listener = puppets.listener;
        listener.ended(std::move(how));
    }

    const TemporaryFolder folder;
    Store store{folder.path()};
    const std::vector<ServerSpec> servers = some_servers();
    Puppets puppets;
    int changes = 0;
    RunQueue queue{store, servers, puppets.hooks([this] { ++changes; })};
};

TEST_F(Queue, RunsOneAtATimeInOrder) {
    const std::string first = add().id, second = add().id, third = add().id;
    EXPECT_EQ(puppets.alive, 1);
    EXPECT_EQ(state_of(first), RunState::running);
    EXPECT_EQ(queue.place_of(*queue.find(second)), 1u);
    EXPECT_EQ(queue.place_of(*queue.find(third)), 2u);
    let_it_end();
    EXPECT_EQ(puppets.alive, 1);
    EXPECT_EQ(state_of(second), RunState::running);
    EXPECT_EQ(queue.place_of(*queue.find(third)), 1u);
}

TEST_F(Queue, LimitsTheNumberOfWaitingRuns) {
    for (std::size_t i = 0; i <= RunQueue::most_waiting; ++i) add();
    EXPECT_EQ(queue.add(parse_run_request(R"({"servers": ["epoll"]})", servers)), nullptr);
}

TEST_F(Queue, StoresTheResultsUnchanged) {
    const std::string id = add().id;
    puppets.listener.said(finished);
    let_it_end("exit 1");  // because one of the servers failed
    EXPECT_EQ(state_of(id), RunState::finished);
    EXPECT_EQ(store.results(id), stored);
}

TEST(AQueueWithAWorker, EndsARunOnlyOnceItsResultsAreStored) {
    const TemporaryFolder folder;
    const std::vector<ServerSpec> servers = some_servers();
    Store store(folder.path());
    Puppets puppets;
    std::function<std::function<void()>()> work;
    RunQueue queue(store, servers, {.launch = puppets.launch(), .background = [&](auto given) { work = given; }});
    const std::string id = queue.add(parse_run_request(R"({"servers": ["epoll"]})", servers))->id;
    puppets.listener.said(finished);
    const ProcessListener listener = puppets.listener;
    listener.ended(std::nullopt);
    EXPECT_EQ(queue.find(id)->state, RunState::running);
    const std::function<void()> then = work();
    EXPECT_EQ(store.results(id), stored);
    then();
    EXPECT_EQ(queue.find(id)->state, RunState::finished);
}

TEST(AQueueWithAWorker, ChecksLargeResultsInTheBackground) {
    constexpr const char* id = "20261125T142015Z-0a1b2c3d";
    const TemporaryFolder folder;
    const std::vector<ServerSpec> servers = some_servers();
    Store store(folder.path());
    store.keep_record(id, {{"id", id},
                           {"created", "2026-11-25T14:20:15Z"},
                           {"state", "finished"},
                           {"request", parse_run_request(R"({"servers": ["epoll"]})", servers).json()},
                           {"error", nullptr}});
    store.keep_results(id, "[" + std::string(RunQueue::most_checked_at_start, ' '));
    Puppets puppets;
    std::function<std::function<void()>()> work;
    int changes = 0;
    std::vector<std::string> skipped;
    RunQueue queue(store, servers,
                   {.launch = puppets.launch(),
                    .background = [&](auto given) { work = given; },
                    .changed = [&] { ++changes; },
                    .skipped = [&](const web::Run& run) { skipped.push_back(run.error); }});
    EXPECT_EQ(queue.find(id)->state, RunState::finished);
    EXPECT_EQ(changes, 0);
    work()();
    EXPECT_EQ(queue.find(id)->state, RunState::unreadable);
    EXPECT_EQ(changes, 1);
    EXPECT_EQ(skipped, std::vector{std::string(id) +
                                   ".results.json: not valid JSON: line 1, column 8388610: it ends too early"});
}

TEST_F(Queue, SaysWhyARunFailed) {
    const std::string id = add().id;
    let_it_end("exit 1: every server was skipped");
    EXPECT_EQ(state_of(id), RunState::failed);
    EXPECT_EQ(queue.find(id)->error, "exit 1: every server was skipped");
}

TEST_F(Queue, EndsARunWithInvalidOutput) {
    const std::string id = add().id;
    puppets.listener.said("Segmentation fault");
    EXPECT_EQ(puppets.asked_to_end, 1);
    let_it_end("killed by SIGTERM");
    EXPECT_EQ(state_of(id), RunState::failed);
}

TEST_F(Queue, HasNoCurrentStepAfterARunIsOver) {
    const std::string id = add().id;
    puppets.listener.said(R"({"event":"step","server":"epoll","seconds_left":17})");
    EXPECT_FALSE(queue.json(*queue.find(id)).at("live").at("step").is_null());
    queue.stop(id);
    let_it_end("killed by SIGTERM");
    EXPECT_TRUE(queue.json(*queue.find(id)).at("live").at("step").is_null());
}

TEST_F(Queue, StopsTheActiveRun) {
    const std::string id = add().id;
    EXPECT_EQ(queue.stop(id), RunQueue::Stopped::yes);
    EXPECT_EQ(state_of(id), RunState::running);  // until it has ended
    EXPECT_EQ(puppets.asked_to_end, 1);
    let_it_end("exit 130");
    EXPECT_EQ(state_of(id), RunState::stopped);
    EXPECT_EQ(queue.stop(id), RunQueue::Stopped::was_over);
}

TEST_F(Queue, AsksTheActiveRunToEndOnlyOnce) {
    const std::string id = add().id;
    queue.stop(id);
    EXPECT_EQ(queue.stop(id), RunQueue::Stopped::yes);
    EXPECT_EQ(puppets.asked_to_end, 1);
}

TEST_F(Queue, RemovesAQueuedRun) {
    add();
    const std::string second = add().id, third = add().id;
    EXPECT_EQ(queue.stop(second), RunQueue::Stopped::yes);
    EXPECT_EQ(state_of(second), RunState::stopped);
    EXPECT_EQ(queue.place_of(*queue.find(third)), 1u);
    EXPECT_EQ(puppets.asked_to_end, 0);
}

TEST_F(Queue, DoesNotStopAnUnknownRun) {
    EXPECT_EQ(queue.stop("20261125T142015Z-0a1b2c3d"), RunQueue::Stopped::unknown);
}

TEST_F(Queue, ReportsEveryChange) {
    add();
    const int before = changes;
    const std::uint64_t version = queue.version();
    puppets.listener.said(R"({"event":"round","server":"epoll","round":1})");
    EXPECT_EQ(changes, before + 1);
    EXPECT_GT(queue.version(), version);
}

constexpr const char* finished_comparison =
    R"({"event":"finished","results":{"format":"iomux-results","version":2,"scenarios":[]}})";

TEST_F(Queue, ContinuesAFinishedComparison) {
    const std::string id = add().id;
    puppets.listener.said(finished_comparison);
    let_it_end();
    const boost::json::object request = request_to_continue(queue, id);
    EXPECT_EQ(request, queue.find(id)->request);
    const RunRequest more = parse_run_request(R"({"continues": ")" + id + R"(", "sessions": 30})", servers,
                                              [&](std::string_view) { return request; });
    const std::string next = queue.add(more)->id;
    EXPECT_EQ(
        puppets.started.back(),
        (std::vector<std::string>{"--events=-", "--continue=" + store.file_of_results(id).string(), "--sessions=30"}));
    EXPECT_EQ(queue.find(next)->request.at("continues").as_string(), id);
}

TEST_F(Queue, ContinuesNothingElse) {
    const auto status_of = [&](const std::string& id) -> unsigned {
        try {
            request_to_continue(queue, id);
            return 200;
        } catch (const BadRequest& refused) {
            return refused.status;
        }
    };
    EXPECT_EQ(status_of("20261125T142015Z-0a1b2c3d"), 404u);
    const std::string failed = add().id;
    EXPECT_EQ(status_of(failed), 409u) << "it is running";
    let_it_end("exit 1");
    EXPECT_EQ(status_of(failed), 409u);
    for (const char* json : {R"({"kind": "trace", "servers": ["epoll"]})", R"({"servers": ["epoll"], "rounds": 3})",
                             R"({"kind": "scenario", "scenario": "idle", "servers": ["epoll"]})"}) {
        const std::string id = queue.add(parse_run_request(json, servers))->id;
        puppets.listener.said(finished);
        let_it_end();
        EXPECT_EQ(queue.find(id)->state, RunState::finished);
        EXPECT_EQ(status_of(id), 409u) << json;
    }
}

TEST(TheNextQueue, ContinuesARunThatWasToBeContinued) {
    const TemporaryFolder folder;
    const std::vector<ServerSpec> servers = some_servers();
    Store store(folder.path());
    constexpr const char* id = "20261125T142015Z-0a1b2c3d";
    const auto keep = [&](const char* name, const char* state, const boost::json::object& request) {
        store.keep_record(name, {{"id", name},
                                 {"created", "2026-11-25T14:20:15Z"},
                                 {"state", state},
                                 {"request", request},
                                 {"error", nullptr}});
    };
    boost::json::object request = parse_run_request(R"({"servers": ["epoll"], "idle": 7})", servers).json();
    keep(id, "finished", request);
    request["continues"] = id;
    request["sessions"] = 30;
    keep("20261125T152015Z-0a1b2c3d", "queued", request);
    Puppets puppets;
    RunQueue queue(store, servers, puppets.hooks());
    queue.go_on();
    ASSERT_EQ(puppets.started.size(), 1u);
    EXPECT_EQ(puppets.started.front()[1], "--continue=" + store.file_of_results(id).string());
}

TEST(TheNextQueue, ReadsARecordWithoutAKindAsAComparison) {
    constexpr const char* id = "20261125T142015Z-0a1b2c3d";
    const TemporaryFolder folder;
    const std::vector<ServerSpec> servers = some_servers();
    Store store(folder.path());
    store.keep_record(id, {{"id", id},
                           {"created", "2026-11-25T14:20:15Z"},
                           {"state", "finished"},
                           {"request", {{"servers", {"epoll"}}}},
                           {"error", nullptr}});
    Puppets puppets;
    const RunQueue queue(store, servers, puppets.hooks());
    EXPECT_EQ(queue.find(id)->request, (boost::json::object{{"kind", "comparison"},
                                                            {"servers", {"epoll"}},
                                                            {"sessions", nullptr},
                                                            {"slice_milliseconds", nullptr},
                                                            {"precision_percent", nullptr},
                                                            {"budget_seconds", nullptr}}));
}

TEST(TheNextQueue, ReadsARecordWithoutSessionsAsOneInWindows) {
    constexpr const char* id = "20261125T142015Z-0a1b2c3d";
    const TemporaryFolder folder;
    const std::vector<ServerSpec> servers = some_servers();
    Store store(folder.path());
    const boost::json::object request{{"kind", "comparison"}, {"servers", {"epoll"}}, {"connections", 64},
                                      {"size", 64},           {"depth", 1},           {"idle", 0},
                                      {"rate", nullptr},      {"rounds", 10},         {"milliseconds", 400},
                                      {"idle_memory", 0}};
    store.keep_record(id, {{"id", id},
                           {"created", "2026-11-25T14:20:15Z"},
                           {"state", "queued"},
                           {"request", request},
                           {"error", nullptr}});
    Puppets puppets;
    RunQueue queue(store, servers, puppets.hooks());
    EXPECT_EQ(queue.find(id)->request, parse_run_request(R"({"servers": ["epoll"], "rounds": 10})", servers).json());
    queue.go_on();
    EXPECT_EQ(queue.find(id)->state, RunState::running);
    EXPECT_EQ(puppets.started.front(),
              arguments_for(parse_run_request(R"({"servers": ["epoll"], "rounds": 10})", servers), servers));
}

TEST(TheNextQueue, LoadsFinishedInterruptedAndQueuedRuns) {
    const TemporaryFolder folder;
    const std::vector<ServerSpec> servers = some_servers();
    std::string done, cut_off, whole, waiting;
    {
        Store store(folder.path());
        Puppets puppets;
        RunQueue queue(store, servers, puppets.hooks());
        done = queue.add(parse_run_request(R"({"kind": "trace", "servers": ["epoll"]})", servers))->id;
        cut_off = queue.add(parse_run_request(R"({"servers": ["select"]})", servers))->id;
        puppets.listener.said(finished);
        const ProcessListener listener = puppets.listener;
        listener.ended(std::nullopt);
        // Its results were stored, but its last record was not.
        whole = queue.add(parse_run_request(R"({"kind": "trace", "servers": ["poll"]})", servers))->id;
        store.keep_results(whole, stored);
        waiting = queue.add(parse_run_request(R"({"servers": ["epoll"]})", servers))->id;
    }
    Store store(folder.path());
    Puppets puppets;
    RunQueue queue(store, servers, puppets.hooks());
    EXPECT_EQ(queue.find(done)->state, RunState::finished);
    EXPECT_EQ(queue.find(cut_off)->state, RunState::interrupted);
    EXPECT_EQ(queue.find(whole)->state, RunState::finished);
    EXPECT_EQ(queue.find(waiting)->state, RunState::queued);
    EXPECT_TRUE(puppets.started.empty());
    queue.go_on();
    EXPECT_EQ(puppets.started.size(), 1u);
    EXPECT_EQ(queue.find(waiting)->state, RunState::running);
}

TEST(TheNextQueue, HasUnreadableRunsThatCanOnlyBeRemoved) {
    constexpr const char* id = "20261125T142015Z-0a1b2c3d";
    const TemporaryFolder folder;
    const std::vector<ServerSpec> servers = some_servers();
    Store store(folder.path());
    store.keep_record(id, {{"id", id}});
    Puppets puppets;
    int changes = 0;
    RunQueue queue(store, servers, puppets.hooks([&] { ++changes; }));
    const web::Run& run = *queue.find(id);
    EXPECT_EQ(run.state, RunState::unreadable);
    EXPECT_EQ(run.error, "20261125T142015Z-0a1b2c3d.run.json: state is missing");
    EXPECT_EQ(run.created, "2026-11-25T14:20:15Z");
    EXPECT_TRUE(queue.json(run).at("request").is_null());
    EXPECT_EQ(queue.stop(id), RunQueue::Stopped::was_over);
    queue.remove(id);
    EXPECT_EQ(changes, 1);
    EXPECT_EQ(queue.find(id), nullptr);
    EXPECT_TRUE(store.records().empty());
}

TEST(TheNextQueue, InterruptsAQueuedRunWhoseServerNoLongerExists) {
    const TemporaryFolder folder;
    std::string waiting;
    {
        Store store(folder.path());
        Puppets puppets;
        const std::vector<ServerSpec> servers = some_servers();
        RunQueue queue(store, servers, puppets.hooks());
        queue.add(parse_run_request(R"({"servers": ["epoll"]})", servers));
        waiting = queue.add(parse_run_request(R"({"servers": ["epoll"]})", servers))->id;
    }
    Store store(folder.path());
    Puppets puppets;
    const std::vector<ServerSpec> none;
    RunQueue queue(store, none, puppets.hooks());
    queue.go_on();
    EXPECT_EQ(queue.find(waiting)->state, RunState::interrupted);
    EXPECT_TRUE(puppets.started.empty());
}

}  // namespace
}  // namespace iomux::compare::web
