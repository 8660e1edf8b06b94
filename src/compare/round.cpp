#include "compare/round.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <iterator>
#include <stdexcept>

#include "compare/child_process.hpp"
#include "compare/server_process.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono;

// For connecting before the warm-up, and for what is on its way after the measurement.
constexpr auto spare_time = 10s;

std::string in_milliseconds(nanoseconds time) { return fmt::format("{}ms", duration_cast<milliseconds>(time).count()); }

Command load_command(const Bench& bench, std::uint16_t port) {
    const Work& work = bench.work;
    std::vector<std::string> words{bench.load_program,
                                   "--address=127.0.0.1",
                                   fmt::format("--port={}", port),
                                   fmt::format("--connections={}", work.connections),
                                   fmt::format("--size={}", work.size),
                                   fmt::format("--depth={}", work.depth),
                                   fmt::format("--idle={}", work.idle),
                                   fmt::format("--warmup={}", in_milliseconds(work.warmup)),
                                   fmt::format("--duration={}", in_milliseconds(work.duration)),
                                   "--json",
                                   "--mark-window"};
    std::ranges::move(work.dialect_options(), std::back_inserter(words));
    Command command{.words = std::move(words)};
    if (bench.cores.load) command.cores = {*bench.cores.load};
    return command;
}

struct Look {
    posix::Clock::time_point at;
    std::vector<pid_t> processes;
    nanoseconds cpu;
    std::optional<InterruptTime> interrupts;
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

Look look_at(const ServerProcess& server, const Cores& cores) {
    Look look;
    look.processes = server.processes();
    look.cpu = cpu_time(look.processes);
    look.at = posix::Clock::now();
    if (!cores.server.empty()) look.interrupts = interrupt_time_of(cores.server);
    return look;
}

// The two looks at the server, before and after.
struct Measured {
    Look begin;
    Look end;
    std::string report;
};

Measured measure(const ServerProcess& server, ChildProcess& load, const Bench& bench) {
    const posix::Deadline deadline = posix::Clock::now() + bench.work.warmup + bench.work.duration + spare_time;
    Measured measured;
    std::optional<std::string> line = load.read_line(deadline);
    if (line == "measuring") {
        measured.begin = look_at(server, bench.cores);
        line = load.read_line(deadline);
    }
    if (line == "measured") {
        measured.end = look_at(server, bench.cores);
        line.reset();
    }
    measured.report = line.value_or("") + load.read_all(deadline);
    if (!load.wait_for_end(deadline)) throw std::runtime_error("the load generator did not come to an end");
    return measured;
}

boost::json::object parse_report(const std::string& report, const ChildProcess& load) {
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse(report, error);
    if (error || !value.is_object()) throw std::runtime_error("no report by the load generator: " + load.fate());
    return value.as_object();
}

void read_report(Round& round) try {
    const boost::json::object& load = round.load;
    round.messages = load.at("messages").to_number<double>();
    round.messages_per_second = load.at("messages_per_second").to_number<double>();
    round.starved = load.at("starved").to_number<std::size_t>();
    round.load_cpu_share = load.at("cpu_share").to_number<double>();
    if (const boost::json::object* latency = load.at("latency_us").if_object()) {
        round.p50 = latency->at("p50").to_number<double>();
        round.p99 = latency->at("p99").to_number<double>();
        round.p99_9 = latency->at("p99_9").to_number<double>();
    }
} catch (const std::exception& error) {
    throw std::runtime_error(fmt::format("the load generator's report is not understood: {}", error.what()));
}

std::string complaint(const boost::json::object& report, const ChildProcess& load) {
    if (const auto found = report.find("error"); found != report.end() && found->value().is_string())
        return std::string(found->value().as_string());
    return load.fate();
}

// Clients that the server left waiting are no failure of it: the table shows them.
bool has_failed(const boost::json::object& report, const ChildProcess& load) {
    const boost::json::value* starved = report.if_contains("starved");
    const boost::json::value* error = report.if_contains("error");
    const bool only_starved = starved != nullptr && *starved != 0 && error != nullptr && error->is_null();
    return !load.succeeded() && !only_starved;
}

void charge(Round& round, const Measured& measured, bool charge_interrupts) {
    const auto& [begin, end, report] = measured;
    if (begin.processes.empty()) throw std::runtime_error("the load generator marked no window");
    if (begin.processes != end.processes) throw std::runtime_error("its processes came and went while it was measured");
    round.window = end.at - begin.at;
    round.process_cpu = end.cpu - begin.cpu;
    round.server_cpu = round.process_cpu;
    if (!begin.interrupts || !end.interrupts) return;
    round.core_interrupts =
        InterruptTime{end.interrupts->hard - begin.interrupts->hard, end.interrupts->soft - begin.interrupts->soft};
    if (charge_interrupts) round.server_cpu += round.core_interrupts->hard + round.core_interrupts->soft;
}

Round run_load(const ServerProcess& server, const Bench& bench) {
    ChildProcess load(load_command(bench, server.port()));
    const Measured measured = measure(server, load, bench);
    Round round;
    round.load = parse_report(measured.report, load);
    if (has_failed(round.load, load)) throw std::runtime_error("load: " + complaint(round.load, load));
    read_report(round);
    if (round.messages <= 0) throw std::runtime_error("no message was served");
    charge(round, measured, bench.charges_interrupts());
    return round;
}

}  // namespace

double Round::cpu_us_a_message() const { return duration<double, std::micro>(server_cpu).count() / messages; }

double Round::server_cpu_share() const { return duration<double>(server_cpu) / duration<double>(window); }

Round run_round(const Contestant& contestant, const Bench& bench) {
    const ServerProcess server(contestant, bench.work, bench.cores.server);
    try {
        return run_load(server, bench);
    } catch (const std::exception&) {
        // Whatever the load complains of: a server that has died is the reason.
        if (const auto how = server.death()) throw std::runtime_error("died under load: " + *how);
        throw;
    }
}

}  // namespace iomux::compare
