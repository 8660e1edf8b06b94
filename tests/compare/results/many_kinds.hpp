#pragma once

#include "rows.hpp"

namespace iomux::compare {

/// Results with every member that the JSON of results has.
inline Results many_kinds() {
    using namespace std::chrono_literals;
    ServerResult callbacks = row("callbacks", {10, 12, 11, 12, 14, 13});
    callbacks.spec.program = "asio";
    callbacks.spec.options = {"--threads", "2"};
    callbacks.spec.usual_threads = 1;
    callbacks.idle_memory = IdleMemory{.connections = 900,
                                       .bytes = 1234.5,
                                       .kernel_stack_bytes = {},
                                       .socket_bytes = 3664.5,
                                       .socket_unknown = "it is partly known"};
    callbacks.system_calls = SystemCalls{.source = SystemCalls::Source::strace,
                                         .per_message = {{"epoll_wait", 1.0}, {"recvfrom", 2.0}},
                                         .all_per_message = 3.25};
    callbacks.rounds[0]->spent = TimeSpent{3ms, 4ms};
    callbacks.rounds[0]->switches = {.voluntary = 5, .involuntary = 6};
    callbacks.rounds[0]->core_interrupts = InterruptTime{1ms, 2ms};
    callbacks.rounds[0]->in_flight_ratio = 0.99;
    callbacks.rounds[0]->counters =
        server_counters_of({{"messages", 9}, {"bytes_received", 1}, {"waits", 2}, {"ready_events", 5}});
    ServerResult skipped{.spec = {.name = "select", .path = "x", .program = "raw"},
                         .skipped = "serves few, \"it\" says"};
    skipped.rounds.resize(6);
    ServerResult minimal = row("minimal", {8, 8, 9, 8, 9, 8});
    for (std::optional<Round>& round : minimal.rounds) {  // enough messages for a p99.9
        round->load["messages"] = 10'000;
        take_figures(round->load, *round);
        round->server_cpu *= 10;
    }
    minimal.idle_unknown = "they were not accepted";
    minimal.system_calls_unknown = "there is no strace";
    ServerResult epoll = row("epoll", {9, 11, 10, 11, 13, 12});  // the costs need a raw server
    epoll.spec.program = "raw";
    const std::vector<ServerResult> rows{minimal, callbacks, skipped, failed("poll"), epoll};
    Results all = results({experiment(
        {rows, rows}, {Figure::cpu, Figure::rate, Figure::p99, Figure::idle_memory, Figure::system_calls})});
    all.experiments[0].points[0].why_windows = "clients flood the servers";
    Point& in_sessions = all.experiments[0].points[1];
    in_sessions.slice = 20ms;
    for (ServerResult& one : in_sessions.rows)
        for (std::optional<Round>& round : one.rounds)
            if (round) round->slices = {1.0, std::nullopt};
    in_sessions.rows[1].warmup = WarmUp{.time = 1500ms, .settled = true};
    summarise(all.experiments[0], "");
    Work& work = in_sessions.work;
    work.rate = 500;
    work.churn = true;
    work.simulated_work = "busy:1us";
    work.size = load::Sizes::uniform(16, 1024);
    work.unix_socket = true;
    work.load_threads = 2;
    work.framing = protocol::Framing::line;
    Experiment& of_two = all.experiments.emplace_back(experiment({{minimal, epoll}}));
    of_two.name = "active";
    of_two.points[0].at.push_back({"active", 0.5});
    all.monitor =
        MonitorResult{.points = {{10, {{"poll", 1.5, Interval{1.25, 1.75}, ""}, {"select", {}, {}, "too many"}}}},
                      .active = {{100, 0.5, {{"poll", 27.0, {}, ""}}}}};
    all.claims = {{.id = "a-claim",
                   .statement = "It is so.",
                   .experiment = "It was tried.",
                   .figures = {{"calls", 2, ""}, {"ratio", 1.25, "times", Interval{1.125, 1.5}}},
                   .verdict = ClaimVerdict::holds_only_when,
                   .why = "it is asked"}};
    all.plan.sessions = SessionLimits{.slice = 20ms, .warmup = 1500ms};
    all.plan.seed = 42;
    all.plan.precision = 0.02;
    all.plan.budget = 90s;
    all.plan.baseline = "minimal";
    return all;
}

}  // namespace iomux::compare
