#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json/stream_parser.hpp>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "cli/program.hpp"
#include "load/command/options.hpp"
#include "load/command/parse_plan.hpp"
#include "load/engine/churn_generator.hpp"
#include "load/engine/conductor.hpp"
#include "load/engine/datagram_generator.hpp"
#include "load/engine/generator.hpp"
#include "load/engine/threads.hpp"
#include "load/report/percentile_text.hpp"
#include "load/report/report.hpp"
#include "load/report/turns.hpp"
#include "posix/limits.hpp"
#include "posix/signals.hpp"

namespace iomux::load {
namespace {

// Static, because a signal handler has no argument to find it by.
const posix::EventFd& stop_event() {
    static const posix::EventFd event;
    return event;
}

// Flushes at once, because the reader may be a program that waits for the line.
void print(std::string_view text) {
    fmt::print("{}", text);
    if (std::fflush(stdout) != 0) posix::throw_errno("cannot write to standard output");
}

// Whatever standard input has is an acknowledgement, its end too: if the reader of the marks dies, this ends.
void wait_for_acknowledgement() {
    std::array watched{pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{stop_event().fd(), POLLIN, 0}};
    while (posix::ready_count(::poll(watched.data(), watched.size(), -1), "poll") == 0) continue;
}

void check_descriptor_limit(const Workload& workload, std::size_t servers = 1) {
    constexpr std::size_t other_descriptors = 16;
    const std::size_t connections = servers * (workload.connections + workload.idle);
    const std::size_t wanted = connections + std::max(workload.threads, servers) + other_descriptors;
    const std::size_t limit = posix::raise_descriptor_limit();
    if (wanted > limit)
        throw std::runtime_error(
            fmt::format("{} connections need {} file descriptors, but the limit is {}; raise it with ulimit -n",
                        connections, wanted, limit));
}

Result run(const Workload& workload, WindowMarks marks) {
    if (workload.churn) return ChurnGenerator(workload, stop_event(), std::move(marks)).run();
    if (workload.threads > 1) return run_threads(workload, stop_event(), marks);
    switch (workload.transport) {
        case Transport::stream: return Generator(workload, stop_event(), std::move(marks)).run();
        case Transport::datagrams: return DatagramGenerator(workload, stop_event(), std::move(marks)).run();
    }
    return {};
}

// Reads until the plan is complete: what follows, or the end, is the acknowledgement at the end of the run.
std::string read_plan() {
    boost::json::stream_parser parser;
    std::string text;
    boost::system::error_code invalid;
    std::array<char, 4096> part;
    while (!parser.done() && !invalid) {
        const ssize_t size = posix::uninterrupted([&] { return ::read(STDIN_FILENO, part.data(), part.size()); });
        if (size < 0) posix::throw_errno("cannot read the plan from standard input");
        if (size == 0) break;
        const auto read = static_cast<std::size_t>(size);
        text.append(part.data(), parser.write_some(part.data(), read, invalid));
    }
    return text;
}

// A report as text would only have zeros if the window was never reached because of an error. The JSON has the error.
bool is_worth_printing(const Options& options, const Result& result) {
    return options.json || result.errors == 0 || result.measured.length.count() > 0;
}

void report(const Options& options, const Result& result) {
    if (!is_worth_printing(options, result)) return;
    if (options.hdr_file == "-") return print(percentile_text(result.measured.latency));
    if (!options.hdr_file.empty()) cli::write_file(options.hdr_file, percentile_text(result.measured.latency));
    print(options.json ? report_as_json(options.workload, result) : report_as_text(options.workload, result));
}

int conduct(const Workload& workload) {
    const Plan plan = parse_plan(read_plan());
    check_descriptor_limit(workload, plan.targets.size());
    int status = cli::exit_success;
    const auto finish = [&](const std::vector<Result>& results) {
        for (std::size_t target = 0; target < results.size(); ++target) {
            const Result& result = results[target];
            print(target_line(plan, target, workload, result));
            if (result.errors == 0) continue;
            fmt::print(stderr, "iomux-load: {}: {}\n", plan.targets[target].name, result.error);
            status = cli::exit_failure;
        }
        wait_for_acknowledgement();
    };
    conduct(
        workload, plan, stop_event(), [&plan](const Turn& turn) { print(turn_line(plan, turn)); }, finish);
    return status;
}

int run(const Options& options) {
    const Workload& workload = options.workload;
    stop_event();  // created here, because a signal handler must not create it
    const posix::StopSignals signals([] { stop_event().notify(); });
    if (options.conduct) return conduct(workload);
    check_descriptor_limit(workload);
    WindowMarks marks;
    if (options.mark_window) {
        marks.begins = [] { print("measuring\n"); };
        marks.ends = [] { print("measured\n"); };
        marks.acknowledged = wait_for_acknowledgement;
    }
    marks.interval = options.live;
    marks.passes = [](const Window& so_far) { print(sample_line(so_far)); };

    const Result result = run(workload, std::move(marks));

    report(options, result);
    if (result.starved > 0)
        fmt::print(stderr, "iomux-load: starved: {} of {} connections never got a reply\n", result.starved,
                   workload.connections + workload.idle);
    if (result.errors == 0) return result.starved == 0 ? cli::exit_success : cli::exit_failure;
    const std::string more = result.errors > 1 ? fmt::format(" (and {} more errors)", result.errors - 1) : "";
    fmt::print(stderr, "iomux-load: {}{}\n", result.error, more);
    return cli::exit_failure;
}

}  // namespace
}  // namespace iomux::load

int main(int argc, char** argv) {
    return iomux::cli::run_program("iomux-load", [&] {
        const auto options = iomux::load::parse_options(argc, argv);
        return options ? iomux::load::run(*options) : iomux::cli::exit_success;
    });
}
