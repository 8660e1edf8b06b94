#include "compare/measure/round.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>

#include "compare/measure/load_report.hpp"
#include "compare/process/child_process.hpp"
#include "compare/process/process_tree.hpp"
#include "compare/statistics/sessions.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono;

// Time to connect before the warm-up; and again, to finish messages in flight after the window and to close
// connections.
constexpr auto spare_time = 10s;
// In addition, for each connection: a server may start a thread for it, on a core that is busy. The load generator ends
// by itself if a server makes no progress (Workload::stall_limit).
constexpr auto spare_time_of_a_connection = 10ms;

seconds spare_time_for(const Work& work) {
    return ceil<seconds>(spare_time + work.served_at_once() * spare_time_of_a_connection);
}

std::string in_milliseconds(nanoseconds time) { return fmt::format("{}ms", duration_cast<milliseconds>(time).count()); }

// Deep enough that neither the client nor the server ever runs out of messages.
constexpr std::size_t flood_depth = 256;

Command on_the_load_cores(const TestSetup& setup, std::vector<std::string> words, ChildInput input) {
    Command command{.words = std::move(words), .input = input};
    command.cores = setup.cores.load;
    return command;
}

std::vector<std::string> load_on(const ServerProcess& server, const TestSetup& setup) {
    std::vector<std::string> words{setup.load_program};
    std::ranges::move(server.address_options(), std::back_inserter(words));
    std::ranges::move(setup.work.protocol_options(), std::back_inserter(words));
    return words;
}

Command load_command(const ServerProcess& server, const TestSetup& setup) {
    const Work& work = setup.work;
    std::vector<std::string> words = load_on(server, setup);
    words.insert(words.end(),
                 {fmt::format("--connections={}", work.connections), fmt::format("--size={}", work.size.text()),
                  fmt::format("--warmup={}", in_milliseconds(work.warmup)),
                  fmt::format("--duration={}", in_milliseconds(work.duration)), "--json", "--mark-window"});
    if (setup.holds_window) words.push_back("--hold-window");
    if (work.depth > 1) words.push_back(fmt::format("--depth={}", work.depth));
    if (work.idle > 0) words.push_back(fmt::format("--idle={}", work.idle));
    if (work.rate) words.push_back(fmt::format("--rate={}", *work.rate));
    if (work.churn) words.push_back("--churn");
    if (work.datagrams) words.push_back("--udp");
    if (work.load_threads > 1) words.push_back(fmt::format("--threads={}", work.load_threads));
    // With several threads the totals are only known at the end.
    if (setup.passes && work.load_threads == 1) words.push_back("--live=100ms");
    return on_the_load_cores(setup, std::move(words), ChildInput::open);
}

// Runs longer than the whole measurement, and is then killed.
Command flood_command(const ServerProcess& server, const TestSetup& setup) {
    const Work& work = setup.work;
    std::vector<std::string> words = load_on(server, setup);
    words.insert(words.end(),
                 {fmt::format("--connections={}", work.flooders), fmt::format("--size={}", work.size.text()),
                  fmt::format("--depth={}", flood_depth), "--warmup=0", "--mark-window",
                  fmt::format("--duration={}", in_milliseconds(work.warmup + work.duration + spare_time_for(work)))});
    return on_the_load_cores(setup, std::move(words), ChildInput::empty);
}

struct Snapshot {
    ChargedTime charged;
    std::optional<InterruptTime> interrupts;
    std::optional<std::uint64_t> starts;  // of processes, by the whole system
    ThreadSwitches switches;
};

std::optional<InterruptTime> interrupt_time_of(const std::vector<int>& cores) {
    InterruptTime sum;
    for (const int core : cores) {
        const std::optional<InterruptTime> time = interrupt_time(core);
        if (!time) return std::nullopt;
        sum.hard += time->hard;
        sum.soft += time->soft;
    }
    return sum;
}

// `expected` are the processes that the server had before. The window begins and ends at the mark.
Snapshot take_snapshot(const ServerProcess& server, const Cores& cores, const std::vector<pid_t>& expected) {
    Snapshot snapshot{
        .charged = server.charged_time(expected), .interrupts = {}, .starts = count_of_starts(), .switches = {}};
    if (server.is_pinned() && !cores.server.empty()) snapshot.interrupts = interrupt_time_of(cores.server);
    // Last, because it takes a while if there are many threads.
    snapshot.switches = context_switches(snapshot.charged.processes);
    return snapshot;
}

constexpr std::string_view sample_mark = "sample ";

void forward_sample(std::string_view line, const ServerProcess& server, const Snapshot& begin, const TestSetup& setup) {
    const std::optional<boost::json::object> report = parse_load_report(line);
    if (!report || !setup.passes) return;
    Sample sample = sample_of(*report);
    sample.process_cpu = time_between(begin.charged, server.charged_time(begin.charged.processes));
    setup.passes(sample);
}

// Snapshots of the server at the beginning and at the end of the window, and the load generator's report. The load
// generator keeps its connections open until its input is closed, so that closing them is in neither snapshot.
struct Measured {
    Snapshot begin;
    Snapshot end;
    std::string report;
};

Measured measure(const ServerProcess& server, ChildProcess& load, const TestSetup& setup, const AtWindow& at_window) {
    const seconds spare = spare_time_for(setup.work);
    posix::Deadline deadline = posix::Clock::now() + setup.work.warmup + setup.work.duration + spare;
    Measured measured;
    const std::vector<pid_t> processes = server.processes();
    std::optional<std::string> line = load.read_line(deadline);
    if (line == "measuring") {
        at_window.begins();
        measured.begin = take_snapshot(server, setup.cores, processes);
        if (setup.holds_window) load.write_input("\n");
        line = load.read_line(deadline);
        for (; line && line->starts_with(sample_mark); line = load.read_line(deadline))
            forward_sample(line->substr(sample_mark.size()), server, measured.begin, setup);
    }
    if (line == "measured") {
        at_window.ends();
        measured.end = take_snapshot(server, setup.cores, measured.begin.charged.processes);
        // With churn, the connections end while they are listed.
        if (!setup.work.churn) server.check_clients_are_served_by(measured.end.charged.processes);
        line.reset();
    }
    // Not if its output has ended.
    if (!line && measured.begin.charged.processes.empty() && posix::Clock::now() >= *deadline)
        throw std::runtime_error(fmt::format("the load generator did not connect {} clients within {} s",
                                             setup.work.served_at_once(), spare.count()));
    load.close_input();
    deadline = posix::Clock::now() + spare;
    measured.report = line.value_or("") + load.read_all(deadline);
    if (!load.wait_for_end(deadline))
        throw std::runtime_error(
            fmt::format("the load generator did not end within {} s after the window", spare.count()));
    return measured;
}

// Processes that started and ended in between leave no other trace than the count of all starts. Other programs may
// have started some as well.
bool may_have_started_processes(const Snapshot& begin, const Snapshot& end, double messages) {
    if (begin.charged.processes != end.charged.processes) return true;
    return begin.starts && end.starts && static_cast<double>(*end.starts - *begin.starts) >= messages / 2;
}

// The server may have sent that many replies before the window.
[[noreturn]] void refuse_without_cpu_time(const Round& round, const Work& work) {
    if (round.messages <= static_cast<double>(work.connections * work.depth))
        throw std::runtime_error("did not run within the window: use a longer one (--seconds)");
    throw_no_cpu_time();
}

// Their CPU time is that of the process that has waited for them.
void check_ended_processes(const Snapshot& begin, const Snapshot& end, double messages) {
    if (!may_have_started_processes(begin, end, messages)) return;
    if (const std::optional<pid_t> ignoring = find_ignoring_children(end.charged.processes))
        throw std::runtime_error(fmt::format(
            "{} starts processes that end meanwhile, and ignores SIGCHLD, so the kernel does not report their CPU time",
            process_text(*ignoring)));
}

void charge(Round& round, const Measured& measured, bool charge_interrupts) {
    const auto& [begin, end, report] = measured;
    if (begin.charged.processes.empty())
        throw std::runtime_error("the load generator did not mark the measurement window");
    check_ended_processes(begin, end, round.messages);
    round.window = end.charged.at - begin.charged.at;
    round.process_cpu = time_between(begin.charged, end.charged);
    round.server_cpu = round.process_cpu;
    const TimeSpent before = begin.charged.ticks(), after = end.charged.ticks();
    round.spent = split_by_ticks(round.process_cpu, {after.user - before.user, after.system - before.system});
    round.switches = switches_between(begin.switches, end.switches);
    if (!begin.interrupts || !end.interrupts) return;
    round.core_interrupts =
        InterruptTime{end.interrupts->hard - begin.interrupts->hard, end.interrupts->soft - begin.interrupts->soft};
    if (charge_interrupts) round.server_cpu += round.core_interrupts->hard + round.core_interrupts->soft;
}

std::optional<double> in_flight_ratio_of(const Round& round, const Work& work) {
    const std::size_t asking = work.connections - std::min(round.starved, work.connections);
    // In an open loop the number of messages in flight varies. With churn, connecting takes part of the time.
    if (!round.mean || asking == 0 || work.rate || work.churn) return std::nullopt;
    return round.messages_per_second * *round.mean / 1e6 / static_cast<double>(asking * work.depth);
}

Round run_load(const ServerProcess& server, const TestSetup& setup, const AtWindow& at_window) {
    std::optional<ChildProcess> flood;
    if (setup.work.flooders > 0) {
        flood.emplace(flood_command(server, setup));
        if (flood->read_line(posix::Clock::now() + spare_time_for(setup.work)) != "measuring")
            throw std::runtime_error("the flooding clients did not start: " + flood->exit_text());
    }
    ChildProcess load(load_command(server, setup));
    const Measured measured = measure(server, load, setup, at_window);
    Round round;
    const std::optional<boost::json::object> report = parse_load_report(measured.report);
    if (!report) throw std::runtime_error("the load generator wrote no report: " + load.exit_text());
    if (!load.succeeded() && !only_starved(*report))
        throw std::runtime_error("load: " + error_in(*report).value_or(load.exit_text()));
    round.load = *report;
    take_figures(round.load, round);
    if (round.messages <= 0) throw std::runtime_error("no message was served");
    round.in_flight_ratio = in_flight_ratio_of(round, setup.work);
    charge(round, measured, setup.charges_interrupts() && server.is_pinned());
    if (server.origin() != Origin::registry && round.process_cpu <= 0ns) refuse_without_cpu_time(round, setup.work);
    return round;
}

}  // namespace

void throw_no_cpu_time() { throw std::runtime_error("its processes used no CPU time: others serve its clients"); }

double Round::cpu_us_per_message() const {
    const std::optional<double> typical = geometric_mean_of_slices(slices);
    return typical ? *typical : duration<double, std::micro>(server_cpu).count() / messages;
}

double Round::server_cpu_share() const { return duration<double>(server_cpu) / duration<double>(window); }

double Round::context_switches_per_message() const { return static_cast<double>(switches.all()) / messages; }

std::optional<double> Round::user_us_per_message() const {
    return spent ? std::optional(duration<double, std::micro>(spent->user).count() / messages) : std::nullopt;
}

std::optional<double> Round::system_us_per_message() const {
    return spent ? std::optional(duration<double, std::micro>(spent->system).count() / messages) : std::nullopt;
}

std::optional<double> Round::core_softirq_us_per_message() const {
    if (!core_interrupts) return std::nullopt;
    return duration<double, std::micro>(core_interrupts->soft).count() / messages;
}

std::optional<double> Round::events_per_wait() const { return counters ? counters->events_per_wait() : std::nullopt; }

std::optional<TimeSpent> split_by_ticks(nanoseconds cpu, const TimeSpent& ticks) {
    const nanoseconds both = ticks.user + ticks.system;
    if (both.count() <= 0) return std::nullopt;
    const auto user = duration_cast<nanoseconds>(cpu * (duration<double>(ticks.user) / duration<double>(both)));
    return TimeSpent{user, cpu - user};
}

Round run_round(const ServerProcess& server, const TestSetup& setup, const AtWindow& at_window) {
    try {
        return run_load(server, setup, at_window);
    } catch (const std::exception&) {
        // If the server has died, that is the cause of any error that the load generator reports.
        if (const auto how = server.death()) throw std::runtime_error("died under load: " + *how);
        throw;
    }
}

Round run_round(const ServerSpec& spec, const TestSetup& setup) {
    const StatsFile stats;
    Round round = run_round(ServerProcess(stats.filled_by(spec), setup.work, setup.cores.server), setup);
    round.counters = stats.read();
    return round;
}

}  // namespace iomux::compare
