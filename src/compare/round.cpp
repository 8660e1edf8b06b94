#include "compare/round.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>

#include "compare/child_process.hpp"
#include "compare/load_report.hpp"
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
    const std::optional<boost::json::object> report = parse_load_report(measured.report);
    if (!report) throw std::runtime_error("no report by the load generator: " + load.fate());
    if (!load.succeeded() && !only_starved(*report))
        throw std::runtime_error("load: " + complaint_in(*report).value_or(load.fate()));
    round.load = *report;
    take_figures(round.load, round);
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
