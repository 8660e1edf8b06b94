#include "compare/measure/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <iterator>
#include <list>
#include <random>
#include <stdexcept>

#include "cli/error_text.hpp"
#include "cli/json_text.hpp"
#include "cli/printable.hpp"
#include "compare/measure/load_report.hpp"
#include "compare/process/child_process.hpp"
#include "compare/servers/server_counters.hpp"
#include "compare/servers/server_process.hpp"
#include "posix/limits.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono;
namespace json = boost::json;

// For connecting, and in addition for each connection: a server may start a thread for it.
constexpr auto time_besides_turns = 20s;
constexpr auto time_for_a_connection = 10ms;
// For each server: the load generator waits as long for one that stalls (Workload::stall_limit), while connecting or in
// a turn.
constexpr auto time_to_stall = 6s;
// Between closing its output and its end.
constexpr auto time_to_exit = 1s;
// The prelude, draining and settling, with much to spare.
constexpr auto longest_turn_beside_the_slice = 100ms;

// One server in a session.
struct Member {
    Member(std::size_t place_in_specs, std::size_t cycles, const load::WarmUpLimits& limits)
        : place(place_in_specs), warm_up(limits), slices(cycles) {}

    bool has_warm_up() const { return warm_up.longest > 0ns; }

    std::size_t place;
    load::WarmUpLimits warm_up;
    StatsFile stats;
    std::optional<ServerProcess> server;
    std::vector<pid_t> processes;
    TimeSpent of_ended;  // at the time when the processes were listed
    std::vector<std::optional<double>> slices;
    nanoseconds cpu{0};
    std::optional<ChildProcess> idle_clients;
    std::uint64_t sent_by_idle = 0;
    bool starves = false;
    std::size_t starved_idle = 0;
    std::size_t turns = 0;
    std::optional<Round> round;
    std::optional<std::string> failed;
    bool processes_changed = false;
    std::optional<WarmUp> warmed_up;
};
using Members = std::list<Member>;

Members start_all(std::span<const ServerSpec> specs, const TestSetup& setup, const SessionPlan& plan) {
    constexpr std::size_t most_padding = 4095;
    std::mt19937_64 random(plan.seed);
    std::uniform_int_distribution<std::size_t> padding(0, most_padding);
    Members members;
    for (const ServerSpec& spec : specs) {
        const std::size_t place = members.size();
        const load::WarmUpLimits warm_up = plan.warm_ups.empty() ? load::WarmUpLimits() : plan.warm_ups.at(place);
        Member& member = members.emplace_back(place, plan.cycles, warm_up);
        member.starves = !plan.starving.empty() && plan.starving.at(place);
        try {
            member.server.emplace(member.stats.filled_by(spec), setup.work, setup.cores.server,
                                  std::vector<std::string>{}, padding(random));
        } catch (const std::runtime_error& error) {
            member.server.reset();
            member.failed = cli::error_text(error);
        }
    }
    return members;
}

double milliseconds_of(nanoseconds time) { return duration<double, std::milli>(time).count(); }

json::object target_of(const Member& member) {
    // Much longer than a server takes that serves one connection after the other.
    constexpr auto patience_with_the_starving = 200ms;
    const ServerProcess& server = *member.server;
    json::object target{{"name", std::to_string(member.place)}, {"pausable", server.is_pinned()}};
    if (server.endpoint().is_unix()) {
        target["unix"] = server.endpoint().path();
    } else {
        target["address"] = server.host();
        target["port"] = server.endpoint().port();
    }
    if (member.starves) target["patience_ms"] = milliseconds_of(patience_with_the_starving);
    return target;
}

std::string plan_text(std::span<Member* const> targets, const SessionPlan& plan) {
    json::array list;
    for (const Member* member : targets) {
        json::object target = target_of(*member);
        if (member->has_warm_up()) {
            target["warmup_ms"] = milliseconds_of(member->warm_up.least);
            target["longest_warmup_ms"] = milliseconds_of(member->warm_up.longest);
        }
        list.push_back(std::move(target));
    }
    return json::serialize(json::object{{"targets", list},
                                        {"cycles", plan.cycles},
                                        {"warmup_cycles", plan.warmup_cycles},
                                        {"slice_ms", milliseconds_of(plan.slice)},
                                        {"seed", plan.seed},
                                        {"asks_for_processes", true}}) +
           "\n";
}

Command load_command(const TestSetup& setup, std::size_t connections) {
    const Work& work = setup.work;
    Command command{.words = {setup.load_program, "--conduct", fmt::format("--connections={}", connections),
                              fmt::format("--size={}", work.size.text())},
                    .cores = setup.cores.load,
                    .input = ChildInput::open};
    std::ranges::move(work.protocol_options(), std::back_inserter(command.words));
    return command;
}

Command visiting_load(const TestSetup& setup) {
    const Work& work = setup.work;
    Command command = load_command(setup, work.connections);
    if (work.depth > 1) command.words.push_back(fmt::format("--depth={}", work.depth));
    if (work.rate) command.words.push_back(fmt::format("--rate={}", *work.rate));
    if (work.load_threads > 1) command.words.push_back(fmt::format("--threads={}", work.load_threads));
    if (work.churn) command.words.emplace_back("--churn");
    if (work.datagrams) command.words.emplace_back("--udp");
    return command;
}

// The load generator's next line. Throws if there is none before the deadline.
json::object next_line(ChildProcess& load, posix::Deadline deadline) {
    const std::optional<std::string> line = load.read_line(deadline);
    if (!line && load.wait_for_end(posix::Clock::now() + time_to_exit))
        throw std::runtime_error("the load generator did not report all turns: " + load.exit_text());
    if (!line) throw std::runtime_error("the load generator took too long to connect and to report all turns");
    std::optional<json::object> object = parse_load_report(*line);
    if (!object) throw std::runtime_error("the load generator wrote an invalid line: " + cli::excerpt(*line));
    return std::move(*object);
}

// A load without turns: each connection is served once, and then idle until the process ends.
void connect_idle_clients(Member& member, const TestSetup& setup) try {
    ChildProcess& clients = member.idle_clients.emplace(load_command(setup, setup.work.idle));
    clients.write_input(
        json::serialize(json::object{{"targets", {target_of(member)}}, {"cycles", 0}, {"warmup_cycles", 0}}) + "\n");
    const json::object report =
        next_line(clients, posix::Clock::now() + time_besides_turns + setup.work.idle * time_for_a_connection);
    throw_error_in(report);
    member.sent_by_idle = report.at("bytes_sent_in_all").to_number<std::uint64_t>();
    member.starved_idle = report.at("starved").to_number<std::size_t>();
} catch (const std::runtime_error& error) {
    member.failed = cli::error_text(error);
    member.server.reset();
}

void take_turn(Member& member, const json::object& turn, const std::function<void(const TurnSample&)>& turn_ended) {
    TurnSample sample{.server = member.place,
                      .cycle = turn.at("cycle").to_number<std::size_t>(),
                      .messages = turn.at("messages").to_number<double>()};
    sample.cpu = nanoseconds(turn.at("cpu_ns").to_number<std::int64_t>());
    sample.begin = posix::Clock::time_point(nanoseconds(turn.at("begin_ns").to_number<std::int64_t>()));
    sample.end = posix::Clock::time_point(nanoseconds(turn.at("end_ns").to_number<std::int64_t>()));
    sample.seconds = duration<double>(nanoseconds(turn.at("length_ns").to_number<std::int64_t>())).count();
    member.cpu += sample.cpu;
    ++member.turns;
    if (sample.messages > 0)
        member.slices.at(sample.cycle) = duration<double, std::micro>(sample.cpu).count() / sample.messages;
    turn_ended(sample);
}

// The report on both loads together.
json::object with_idle_clients(json::object report, const Member& member) {
    report["bytes_sent_in_all"] = report.at("bytes_sent_in_all").to_number<std::uint64_t>() + member.sent_by_idle;
    report["starved"] = report.at("starved").to_number<std::uint64_t>() + member.starved_idle;
    return report;
}

// The switches since the server started, without those for messages that do not count.
ContextSwitches switches_for_counted(const Member& member, const json::object& report) {
    const ContextSwitches all = switches_between({}, context_switches(member.processes));
    const double share =
        report.at("bytes_sent").to_number<double>() / report.at("bytes_sent_in_all").to_number<double>();
    const auto counted = [share](std::uint64_t switches) {
        return static_cast<std::uint64_t>(static_cast<double>(switches) * share);
    };
    return {counted(all.voluntary), counted(all.involuntary)};
}

WarmUp warm_up_of(const json::object& report) {
    const duration<double, std::milli> time(report.at("warmup_ms").to_number<double>());
    const json::value& settled = report.at("settled");
    return {.time = std::chrono::round<nanoseconds>(time),
            .settled = settled.is_null() ? std::nullopt : std::optional(settled.as_bool())};
}

// Also if none of those that came is left. The time of one that ends after they have been listed is read later.
bool has_changed_processes(const Member& member, const Work& work) {
    if (member.server->processes() != member.processes) return true;
    if (member.server->time_of_ended_processes() != member.of_ended) return true;
    // A process for each connection would leave no trace.
    return work.churn && member.server->origin() != Origin::registry && find_ignoring_children(member.processes);
}

Round round_of(Member& member, const json::object& report, const Work& work) {
    // First, because the clock of a process that has ended is an error of the load generator's.
    member.processes_changed = has_changed_processes(member, work);
    if (member.processes_changed)
        throw std::runtime_error("the server's processes changed during the session; measure it with --rounds");
    throw_error_in(report);
    if (member.turns < member.slices.size()) throw std::runtime_error("the load generator ended before all turns");
    if (member.has_warm_up()) member.warmed_up = warm_up_of(report);
    if (member.cpu <= 0ns) throw_no_cpu_time();
    // With churn, no connection is open now.
    if (!work.churn) member.server->check_clients_are_served_by(member.processes);
    Round round;
    round.load = with_idle_clients(report, member);
    take_figures(round.load, round);
    if (round.messages <= 0) throw std::runtime_error("no message was served");
    if (member.idle_clients && member.idle_clients->wait_for_end(posix::Clock::now()))
        throw std::runtime_error("the load generator of the idle connections ended: " +
                                 member.idle_clients->exit_text());
    round.window = duration_cast<nanoseconds>(duration<double>(report.at("seconds").to_number<double>()));
    round.process_cpu = round.server_cpu = member.cpu;
    round.slices = member.slices;
    round.spent = split_by_ticks(member.cpu, time_spent(member.processes));
    round.switches = switches_for_counted(member, report);
    return round;
}

void take_report(Member& member, const json::object& report, const Work& work) try {
    member.round = round_of(member, report, work);
} catch (const std::runtime_error& error) {
    // If the server has died, that is the cause of any error that the load generator reports.
    const std::optional<std::string> how = member.server->death();
    if (how) member.processes_changed = false;
    member.failed = how ? "died under load: " + *how : cli::error_text(error);
}

// A server may have started a process for each connection, so they are listed when the load has connected.
void name_processes(ChildProcess& load, const std::vector<Member*>& targets, posix::Deadline deadline,
                    const SessionHooks& hooks) {
    const json::object line = next_line(load, deadline);
    if (!line.contains("connected"))
        throw std::runtime_error("the load generator did not connect: " + cli::excerpt(cli::json_text(line)));
    json::array lists;
    for (Member* member : targets) {
        member->processes = member->server->processes();
        member->of_ended = member->server->time_of_ended_processes();
        hooks.connected(member->place, member->processes);
        lists.push_back(json::array(member->processes.begin(), member->processes.end()));
    }
    load.write_input(json::serialize(lists) + "\n");
}

// Reads the load generator's lines until each target has its report.
void follow(ChildProcess& load, const std::vector<Member*>& targets, const Work& work, posix::Deadline deadline,
            const std::function<void(const TurnSample&)>& turn_ended) {
    for (std::size_t reports = 0; reports < targets.size();) {
        const json::object line = next_line(load, deadline);
        Member& member = *targets.at(line.at("target").to_number<std::size_t>());
        if (line.contains("cycle")) {
            take_turn(member, line, turn_ended);
        } else {
            take_report(member, line, work);
            ++reports;
        }
    }
}

void visit(const std::vector<Member*>& targets, const TestSetup& setup, const SessionPlan& plan,
           const SessionHooks& hooks) try {
    ChildProcess load(visiting_load(setup));
    load.write_input(plan_text(targets, plan));
    const auto turns = (plan.warmup_cycles + plan.cycles) * targets.size();
    nanoseconds longest = turns * (plan.slice + longest_turn_beside_the_slice) + targets.size() * time_to_stall;
    for (const Member* member : targets) longest += 2 * member->warm_up.longest;
    longest += setup.work.connections * targets.size() * time_for_a_connection;
    const posix::Deadline deadline = posix::Clock::now() + longest + time_besides_turns;
    name_processes(load, targets, deadline, hooks);
    follow(load, targets, setup.work, deadline, hooks.turn_ended);
    load.close_input();
    load.wait_for_end(posix::Clock::now() + time_to_exit);
} catch (const std::exception& error) {
    for (Member* member : targets) {
        member->round.reset();
        if (!member->failed) member->failed = cli::error_text(error);
    }
}

}  // namespace

std::optional<std::string> reason_against_sessions(const TestSetup& setup, std::size_t servers) {
    constexpr std::size_t descriptors_besides = 64;
    const Work& work = setup.work;
    if (work.flooders > 0) return "clients flood the servers";
    if (setup.charges_interrupts()) return "this kernel counts interrupt time apart from the interrupted process";
    const std::size_t most_descriptors = std::max(work.connections * servers, work.idle) + descriptors_besides;
    if (most_descriptors > posix::raise_descriptor_limit())
        return "connections to all servers at once need more descriptors than the limit (ulimit -n)";
    return std::nullopt;
}

std::vector<SessionShare> run_session(std::span<const ServerSpec> specs, const TestSetup& setup,
                                      const SessionPlan& plan, const SessionHooks& hooks) {
    Members members = start_all(specs, setup, plan);
    std::vector<Member*> targets;
    for (Member& member : members) {
        if (member.server && setup.work.idle > 0) connect_idle_clients(member, setup);
        if (member.server) targets.push_back(&member);
    }
    if (!targets.empty()) visit(targets, setup, plan, hooks);
    std::vector<SessionShare> shares;
    for (Member& member : members) {
        member.idle_clients.reset();
        member.server.reset();
        if (member.round) member.round->counters = member.stats.read();
        shares.push_back(
            {std::move(member.round), std::move(member.failed), member.processes_changed, member.warmed_up});
    }
    return shares;
}

}  // namespace iomux::compare
