#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/json/stream_parser.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "cli/attempts.hpp"
#include "cli/error_text.hpp"
#include "cli/numbers.hpp"
#include "cli/output.hpp"
#include "cli/output_file.hpp"
#include "cli/printable.hpp"
#include "cli/program.hpp"
#include "cli/service_options.hpp"
#include "load/command/options.hpp"
#include "load/command/parse_plan.hpp"
#include "load/engine/churn_generator.hpp"
#include "load/engine/conductor.hpp"
#include "load/engine/datagram_generator.hpp"
#include "load/engine/generator.hpp"
#include "load/engine/pausing.hpp"
#include "load/engine/threads.hpp"
#include "load/report/percentile_text.hpp"
#include "load/report/report.hpp"
#include "load/report/turns.hpp"
#include "posix/error.hpp"
#include "posix/limits.hpp"
#include "posix/signals.hpp"

namespace iomux::load {
namespace {

// Static, because a signal handler has no argument to find it by.
const posix::EventFd& stop_event() {
    static const posix::EventFd event;
    return event;
}

// Whether a signal has asked the run to stop. The stop event is notified by failures, too.
std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free);

void interrupt() {
    interrupted = true;
    stop_event().notify();
}

// Thrown if a signal comes before there is anything to report.
struct Interrupted : std::runtime_error {
    using runtime_error::runtime_error;
};

// Flushes at once, because the reader may be a program that waits for the line.
void print(std::string_view text) {
    cli::print(text);
    cli::flush();
}

// Waits until standard input has bytes or is at its end. Returns false if the run is to stop before that.
bool wait_for_input() {
    std::array watched{pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{stop_event().fd(), POLLIN, 0}};
    while (posix::ready_count(::poll(watched.data(), watched.size(), -1), "poll") == 0) continue;
    return watched.front().revents != 0;
}

// Reads a line, or to the end of the input, or until the run is to stop.
void wait_for_line() {
    for (char byte = 0; byte != '\n' && wait_for_input();)
        if (posix::uninterrupted([&] { return ::read(STDIN_FILENO, &byte, 1); }) <= 0) return;
}

// Whatever standard input has is an acknowledgement, its end too: if the reader of the marks dies, this ends.
void wait_for_acknowledgement() { static_cast<void>(wait_for_input()); }

void check_descriptor_limit(const Workload& workload, std::size_t servers = 1) {
    constexpr std::size_t other_descriptors = 16;
    const std::size_t connections = servers * (workload.connections + workload.idle);
    const std::size_t wanted = connections + servers * workload.threads + other_descriptors;
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

// Reads a JSON value and the rest of its last line. Byte by byte, because something else may follow.
boost::json::value read_json(std::string_view what) {
    // The path of a Unix socket may have any bytes.
    boost::json::parse_options any_bytes;
    any_bytes.allow_invalid_utf8 = true;
    boost::json::stream_parser parser({}, any_bytes);
    boost::system::error_code invalid;
    char byte = 0;
    std::size_t bytes = 0;
    const std::string cannot_read = fmt::format("cannot read {} from standard input", what);
    while (!invalid && !(parser.done() && byte == '\n')) {
        if (!wait_for_input()) throw Interrupted(fmt::format("interrupted while it read {} from standard input", what));
        const ssize_t size = posix::uninterrupted([&] { return ::read(STDIN_FILENO, &byte, 1); });
        if (size < 0) posix::throw_errno(cannot_read);
        if (size == 0) break;
        ++bytes;
        parser.write(&byte, 1, invalid);
    }
    if (invalid)
        throw std::runtime_error(
            fmt::format("{} is not valid JSON: byte {} of standard input: {}", what, bytes, invalid.message()));
    parser.finish(invalid);
    if (invalid) throw std::runtime_error(fmt::format("{} is not valid JSON: standard input ends too early", what));
    return parser.release();
}

// A report as text would only have zeros if the window was never reached because of an error. The JSON has the error.
bool is_worth_printing(const Options& options, const Result& result) {
    return options.json || result.errors == 0 || result.measured.length.count() > 0;
}

void report(const Options& options, const Result& result) {
    if (!is_worth_printing(options, result)) return;
    const bool is_measured = result.measured.length.count() > 0;
    if (options.hdr_file == cli::standard_output) {
        cli::print_error(interruption_text(options.workload, result));
        return print(is_measured ? percentile_text(result.measured.latency) : "");
    }
    cli::Attempts outputs;
    outputs.attempt([&] {
        print(options.json ? report_as_json(options.workload, result) : report_as_text(options.workload, result));
    });
    if (!options.hdr_file.empty() && is_measured)
        outputs.attempt([&] { cli::write_file(options.hdr_file, percentile_text(result.measured.latency)); });
    outputs.finish();
}

// Prints samples while the run is measured. If nothing reads them, the run goes on for the file that it writes, or ends
// if it writes none.
class Samples {
public:
    explicit Samples(const Options& options) : has_other_output_(!options.hdr_file.empty()) {}

    void print_next(const Window& so_far) {
        if (lost_) return;
        try {
            print(sample_line(so_far));
        } catch (const std::exception& error) {
            if (!has_other_output_) throw;
            lost_ = true;
            cli::print_remark(cli::error_text(error) + "; the run goes on");
        }
    }
    bool are_lost() const { return lost_; }

private:
    const bool has_other_output_;
    bool lost_ = false;
};

// Empty if nothing did.
std::string what_failed(const Workload& workload, const Result& result) {
    std::string starved;
    if (result.starved > 0)
        starved = fmt::format("starved: {} of {} connections never got a reply", result.starved,
                              workload.connections + workload.idle);
    if (result.errors == 0) return starved;
    const std::string more = result.errors > 1 ? fmt::format(" (and {} more errors)", result.errors - 1) : "";
    return fmt::format("{}{}{}{}", starved, starved.empty() ? "" : "; ", result.error, more);
}

// In an open loop, nothing may have been due.
bool is_unanswered(const Workload& workload, const Window& window) {
    const std::uint64_t due = window.punctuality.due + window.punctuality.backlog;
    return window.length.count() > 0 && window.messages + window.punctuality.answered_later == 0 &&
           (!workload.open_loop || due > 0);
}

// What to do about the error, or nothing.
std::string hint_for(const Options& options, const Result& result) {
    const bool refused = result.error.ends_with(posix::error_of(ECONNREFUSED).message());
    const Workload& workload = options.workload;
    if (!refused) return cli::hint_about_connecting(result.error, workload.endpoint);
    if (!workload.names_options) return "";
    return cli::hint_to_start_a_server(workload.endpoint, workload.protocol,
                                       workload.transport == Transport::datagrams);
}

void refuse_datagrams_over_unix_sockets(const Plan& plan) {
    for (const Target& target : plan.targets)
        if (target.endpoint.is_unix())
            throw std::runtime_error(
                fmt::format("plan: {}: a Unix socket cannot be combined with --udp", cli::printable(target.name)));
}

int conduct(const Workload& workload) try {
    Plan plan = parse_plan(read_json("the plan"));
    if (workload.transport == Transport::datagrams) refuse_datagrams_over_unix_sockets(plan);
    check_descriptor_limit(workload, plan.targets.size());
    int status = cli::exit_success;
    const auto finish = [&](std::vector<TargetResult> results) {
        const bool stopped = interrupted;
        for (std::size_t target = 0; target < results.size(); ++target) {
            results[target].result.stopped = stopped;
            print(target_line(plan, target, workload, results[target]));
            const std::string why = what_failed(workload, results[target].result);
            if (why.empty()) continue;
            cli::print_error(fmt::format("iomux-load: {}: {}\n", cli::printable(plan.targets[target].name),
                                         cli::well_formed_line(why)));
            status = cli::exit_failure;
        }
        if (stopped) status = cli::exit_interrupted;
        wait_for_acknowledgement();
    };
    const auto connected = [&plan] {
        if (!plan.asks_for_processes) return;
        print(connected_line);
        parse_processes(read_json("the list of processes"), plan);
    };
    conduct(
        workload, plan, stop_event(), [&](const Turn& turn) { print(turn_line(plan, workload, turn)); }, finish,
        connected);
    return status;
} catch (const cli::ReaderGone& gone) {
    throw std::runtime_error(gone.what());  // the reader conducts, and has not merely read enough
}

int run(const Options& options) {
    const Workload& workload = options.workload;
    stop_event();  // created here, because a signal handler must not create it
    const posix::StopSignals signals(interrupt, resume_all_processes, {SIGTERM, SIGINT, SIGHUP});
    if (options.conduct) return conduct(workload);
    check_descriptor_limit(workload);
    WindowMarks marks;
    if (options.mark_window) {
        marks.begins = [hold = options.hold_window] {
            print("measuring\n");
            if (hold) wait_for_line();
        };
        marks.ends = [] { print("measured\n"); };
        marks.acknowledged = wait_for_acknowledgement;
    }
    marks.interval = options.live;
    Samples samples(options);
    marks.passes = [&samples](const Window& so_far) { samples.print_next(so_far); };

    Result result = run(workload, std::move(marks));
    if (!interrupted) result.stopped = false;  // one thread has failed and has stopped the others

    if (!result.stopped && result.errors == 0 && is_unanswered(workload, result.measured)) {
        result.errors = 1;
        result.error = nothing_measured(workload, result.measured);
    }

    try {
        report(options, result);
    } catch (const cli::ReaderGone&) {
        if (!samples.are_lost()) throw;  // it is known already
    }
    if (result.unfinished > 0)
        cli::print_remark(fmt::format("warning: {} request{} not finished {:.3g} s after the measurement",
                                      cli::grouped(result.unfinished), result.unfinished == 1 ? " was" : "s were",
                                      std::chrono::duration<double>(workload.longest_drain).count()));
    const std::string why = what_failed(workload, result);
    if (!why.empty())
        cli::print_error(fmt::format("iomux-load: {}{}\n", cli::well_formed_line(why), hint_for(options, result)));
    if (result.stopped) return cli::exit_interrupted;
    return why.empty() && !samples.are_lost() ? cli::exit_success : cli::exit_failure;
}

}  // namespace
}  // namespace iomux::load

int main(int argc, char** argv) {
    return iomux::cli::run_program("iomux-load", [&] {
        const auto options = iomux::load::parse_options(argc, argv);
        try {
            return options ? iomux::load::run(*options) : iomux::cli::exit_success;
        } catch (const iomux::load::Interrupted& interruption) {
            iomux::cli::print_error(std::string("iomux-load: ") + interruption.what() + "\n");
            return iomux::cli::exit_interrupted;
        }
    });
}
