#include "compare/commands/options.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <limits>
#include <random>
#include <sstream>

#include "cli/program.hpp"
#include "cli/service_options.hpp"
#include "cli/values.hpp"
#include "compare/commands/commands.hpp"
#include "load/command/size_option.hpp"

namespace iomux::compare {
namespace {

namespace po = boost::program_options;
using cli::UsageError;

using Connections = cli::Whole<1, 1'000'000>;
using IdleConnections = cli::Whole<0, 1'000'000>;
using Depth = cli::Whole<1, 1'000>;
using Rate = cli::Whole<1, 10'000'000>;
using LoadThreads = cli::Whole<1, 64>;
constexpr std::size_t most_rounds = 1000;
using Rounds = cli::Whole<1, most_rounds>;
using Seed = cli::Whole<0, std::numeric_limits<std::uint32_t>::max()>;

po::options_description who_options() {
    po::options_description who("Who is compared");
    add_server_options(who);
    auto add = who.add_options();
    add("attach", po::value<std::vector<std::string>>()->value_name("NAME=PID@HOST:PORT"),
        "one that runs already beside them, and is never started nor ended: the load goes to HOST:PORT, and the meters "
        "look at the process PID and its children; may be given several times");
    add("baseline", po::value<std::string>()->value_name("NAME"),
        "the server that ratios are to, as the table names it; default: minimal, the bare epoll loop");
    return who;
}

po::options_description what_options() {
    const Work work;
    po::options_description what("The work");
    auto add = what.add_options();
    add("connections", po::value<Connections>()->default_value({work.connections}),
        "clients, each sending its next message when the last is answered");
    add("size", po::value<load::Sizes>()->default_value(work.size), load::size_option_help);
    add("depth", po::value<Depth>()->default_value({work.depth}), "messages that a client has on their way at once");
    add("idle", po::value<IdleConnections>()->default_value({work.idle}), "connections beside, which say nothing");
    add("rate", po::value<Rate>()->value_name("N"),
        "messages a second over all connections, due at times of their own, whether the server keeps up or not; "
        "latency then counts from when they were due");
    add("unix", "Unix sockets instead of TCP, in a folder of their own");
    add("churn", "a connection for each message, which is closed behind it");
    add("work", po::value<std::string>()->value_name("busy:TIME|sleep:TIME"),
        "what a message takes in our servers before it is answered");
    add("service", po::value<std::string>()->default_value(std::string(name_of(work.service))),
        "suffix, echo or discard");
    add("framing", po::value<std::string>()->default_value(std::string(name_of(work.framing))),
        "chunk, line or length");
    add("idle-memory", po::value<IdleConnections>()->value_name("N")->default_value({work.idle_memory}),
        "idle connections over which the memory of one is measured; 0: not at all");
    return what;
}

po::options_description how_options() {
    po::options_description how("The measurement");
    auto add = how.add_options();
    add("rounds", po::value<Rounds>(),
        "how often each server is measured; default: 10, or with --precision or --budget as often as these say, 1,000 "
        "times at most");
    add("precision", po::value<cli::Share>()->value_name("P%"),
        "go on until every ratio is known to within so much of it (2%), or the budget is used up");
    add("budget", po::value<cli::Duration>()->value_name("TIME"),
        "go on for so long, and for as many rounds as a verdict takes; with --precision for as long at most, by "
        "default 60s");
    add("seed", po::value<Seed>()->value_name("N"),
        "of the order in which the servers are asked, another in each round; default: any");
    add("server-cores", po::value<std::string>()->value_name("A,B"),
        "cores that the servers run on, or all; default: the last one. The load takes the first of the others, and "
        "where there is none shares these");
    return how;
}

po::options_description out_options() {
    po::options_description out("What it writes");
    add_output_options(out);
    out.add_options()("help", "this text")("version", "the version");
    return out;
}

po::options_description described_options() {
    po::options_description how = how_options();
    how.add_options()("seconds", po::value<cli::Duration>()->default_value({Work().duration}),
                      "how long each time; 1, 0.5, 250ms");
    how.add_options()("load-threads", po::value<LoadThreads>()->default_value({Work().load_threads}),
                      "of the load generator, on a core each where there are as many besides "
                      "the servers'; on a machine "
                      "of two cores they share one");
    po::options_description out = out_options();
    out.add_options()("events", po::value<std::string>()->value_name("FILE"),
                      "write what happens as it happens, live figures included, as JSON objects, a line each");
    po::options_description all;
    all.add(who_options()).add(what_options()).add(how).add(out);
    return all;
}

po::options_description described_run_options() {
    po::options_description how = how_options();
    auto add = how.add_options();
    add("seconds", po::value<cli::Duration>(), "how long each time; default: as the scenario says");
    add("quick", "few points, few servers, short rounds: a first look, in minutes for all scenarios");
    po::options_description out = out_options();
    add_svg_option(out);
    po::options_description all;
    all.add(who_options()).add(how).add(out);
    return all;
}

std::string help_text() {
    std::ostringstream text;
    text << "Usage: " << program_name << " [OPTION]...\n"
         << "       " << program_name << " COMMAND [OPTION]...    (" << program_name << " COMMAND --help)\n\n"
         << "Commands:\n"
         << commands_text() << "\n"
         << "Without one it runs each server under the same load, one at a time, in turns, and prints what a message "
            "costs it.\n"
            "Every round starts a fresh server on one core and the load on another. The servers differ in nothing\n"
            "but their mechanism.\n\n"
            "A server's full name is PROGRAM/NAME, and its name alone means the first program that has it:\n"
            "  raw          written by hand on system calls (iomux-raw)\n"
            "  asio         Boost.Asio on epoll (iomux-asio)\n"
            "  asio-select, asio-io_uring\n"
            "               the same sources on Asio's other backends; not compared unless asked for\n"
            "Options behind a name are the server's (iomux-raw --help), and a server with others is another row.\n"
            "What does not run here is skipped, and the table says why.\n"
            "A server that is attached (--attach) stays on the cores that it has: take it to the server's core "
            "yourself\n"
            "(taskset) to compare it with others. Interrupts of its cores are not charged to it. It is the same\n"
            "process in every round, so what an idle connection takes is what it grows by, and nobody else may use\n"
            "it meanwhile.\n"
         << described_options() << "\n"
         << "How to read it: 'CPU µs/msg' is what the server's processor spent on a message; 'ratio' is that against\n"
            "minimal, the bare epoll loop, in the same round, and behind ± how far it may be off: in 95 of 100 cases\n"
            "the truth is within. 'verdict' says whether that can be chance, of this many rows. Ratios repeat from\n"
            "run to run; msgs/s and latency depend on the load generator and the machine as well.\n\n"
            "Exit: 0 all were measured or skipped for a reason, 1 one failed or none was left, 2 usage,\n"
            "130 interrupted.\n\n"
            "Try:  iomux-compare --servers minimal,epoll,select --rounds 3\n"
            "      iomux-compare --servers epoll,callbacks                          # one mechanism, two libraries\n"
            "      iomux-compare --servers asio-select/callbacks,callbacks,asio-io_uring/callbacks    # and reversed\n"
            "      iomux-compare --servers 'epoll,epoll --threads 2,callbacks --threads 2 --contexts shared' \\\n"
            "                    --server-cores all\n"
            "      iomux-compare --servers all --idle-memory 10000 --json results.json\n"
            "      iomux-compare --connections 800 --seconds 2 --json results.json\n"
            "      iomux-compare --servers epoll --server 'socat=socat TCP-LISTEN:{port},fork,reuseaddr EXEC:cat'\n"
            "      iomux-compare --servers epoll --attach \"mine=$(pidof my-server)@127.0.0.1:7000\"\n";
    return text.str();
}

void check_duration(std::chrono::nanoseconds duration) {
    if (duration < std::chrono::milliseconds(50)) throw UsageError("--seconds is 0.05 at least");
}

std::string run_help_text(const po::options_description& options) {
    std::ostringstream text;
    text << "Usage: " << program_name << " run [SCENARIO]... [OPTION]...\n\n"
         << "Runs these scenarios, or all of them, and prints a table for each. A scenario asks one question, and "
            "varies\n"
            "what it is about; list tells them.\n"
         << options << "\n"
         << "What was measured is written to the file of --json after each scenario, and kept if the next one is\n"
            "interrupted.\n\n"
            "Exit: 0 all were measured or skipped for a reason, 1 one failed, 2 usage, 130 interrupted.\n\n"
            "Try:  iomux-compare run --quick --json quick.json\n"
            "      iomux-compare run throughput idle --servers minimal,epoll,poll\n"
            "      iomux-compare run idle --quick --svg idle.svg\n"
            "      iomux-compare run latency --precision 2% --markdown latency.md\n";
    return text.str();
}

Work work_of(const po::variables_map& values) {
    Work work;
    work.connections = values["connections"].as<Connections>().value;
    work.size = values["size"].as<load::Sizes>();
    work.depth = values["depth"].as<Depth>().value;
    work.idle = values["idle"].as<IdleConnections>().value;
    work.idle_memory = values["idle-memory"].as<IdleConnections>().value;
    if (values.count("rate") != 0) work.rate = static_cast<double>(values["rate"].as<Rate>().value);
    work.churn = values.count("churn") != 0;
    if (values.count("work") != 0) work.handling = values["work"].as<std::string>();
    work.duration = values["seconds"].as<cli::Duration>().time;
    work.service = cli::named(values, "service", &protocol::service_named, protocol::service_names);
    work.framing = cli::named(values, "framing", &protocol::framing_named, protocol::framing_names);
    work.unix_socket = values.count("unix") != 0;
    work.load_threads = values["load-threads"].as<LoadThreads>().value;
    if (work.load_threads > work.connections)
        throw UsageError("--load-threads: each thread needs one of the --connections");
    if (work.churn && work.load_threads > 1)
        throw UsageError(
            "--churn and --load-threads contradict each other: one "
            "thread opens all connections");
    if (work.churn && work.idle != 0) throw UsageError("--churn and --idle contradict each other");
    if (work.churn && work.depth != 1) throw UsageError("--churn and --depth contradict each other");
    check_duration(work.duration);
    return work;
}

// Fewer than these tell nothing for sure, of two servers.
constexpr std::size_t least_rounds_of_open_end = 6;

Plan plan_of(const po::variables_map& values) {
    Plan plan;
    plan.seed = values.count("seed") != 0 ? static_cast<std::uint32_t>(values["seed"].as<Seed>().value)
                                          : std::random_device()();
    if (values.count("baseline") != 0) plan.baseline = values["baseline"].as<std::string>();
    if (values.count("precision") != 0) {
        plan.precision = values["precision"].as<cli::Share>().of_one;
        plan.budget = std::chrono::seconds(60);
    }
    if (values.count("budget") != 0) plan.budget = values["budget"].as<cli::Duration>().time;
    if (plan.budget) {
        plan.least_rounds = least_rounds_of_open_end;
        plan.most_rounds = most_rounds;
    }
    if (values.count("rounds") != 0) {
        plan.most_rounds = values["rounds"].as<Rounds>().value;
        plan.least_rounds = plan.budget ? std::min(plan.least_rounds, plan.most_rounds) : plan.most_rounds;
    }
    return plan;
}

MeasurementOptions measurement_options_of(const po::variables_map& values) {
    MeasurementOptions measurement{.plan = plan_of(values)};
    if (values.count("server-cores") != 0) measurement.server_cores = values["server-cores"].as<std::string>();
    return measurement;
}

}  // namespace

void add_server_options(po::options_description& options) {
    auto add = options.add_options();
    add("servers", po::value<std::string>()->value_name("A,B,C"),
        "only these, each as in 'epoll --threads 2' or 'asio-select/callbacks'; all: every server on every backend; "
        "default: every server of iomux-raw and iomux-asio");
    add("server", po::value<std::vector<std::string>>()->value_name("NAME=COMMAND"),
        "one of yours beside them, run by /bin/sh; {port} in the command becomes the port of 127.0.0.1 that it must "
        "listen on, and {unix} the path of the Unix socket (--unix); may be given several times");
}

ServerChoice whom_of(const po::variables_map& values) {
    ServerChoice choice;
    if (values.count("servers") != 0) {
        const std::string& servers = values["servers"].as<std::string>();
        choice.which = servers == every_server ? ServerChoice::Which::all : ServerChoice::Which::named;
        if (choice.which == ServerChoice::Which::named) choice.servers = parse_selections(servers);
    }
    if (values.count("server") != 0)
        for (const std::string& text : values["server"].as<std::vector<std::string>>())
            choice.brought.push_back(parse_brought(text));
    if (values.count("attach") != 0)
        for (const std::string& text : values["attach"].as<std::vector<std::string>>())
            choice.brought.push_back(parse_attached(text));
    return choice;
}

std::optional<Options> parse_options(int argc, const char* const* argv) {
    const po::variables_map values = cli::parse_options(argc, argv, described_options(), {});
    if (cli::answers_about_itself(values, program_name, help_text)) return std::nullopt;
    return Options{.work = work_of(values),
                   .choice = whom_of(values),
                   .measurement = measurement_options_of(values),
                   .outputs = outputs_of(values)};
}

std::optional<RunOptions> parse_run_options(int argc, const char* const* argv) {
    po::options_description described = described_run_options();
    po::options_description all = described;
    all.add_options()("scenario", po::value<std::vector<std::string>>());
    po::positional_options_description positional;
    positional.add("scenario", -1);
    const po::variables_map values = cli::parse_options(argc, argv, all, positional);
    if (cli::answers_about_itself(values, program_name, [&] { return run_help_text(described); })) return std::nullopt;
    RunOptions options{.quick = values.count("quick") != 0,
                       .names_rounds = values.count("rounds") + values.count("precision") + values.count("budget") != 0,
                       .choice = whom_of(values),
                       .measurement = measurement_options_of(values),
                       .outputs = outputs_of(values)};
    if (values.count("seconds") != 0) {
        options.duration = values["seconds"].as<cli::Duration>().time;
        check_duration(*options.duration);
    }
    if (values.count("scenario") != 0) options.scenarios = values["scenario"].as<std::vector<std::string>>();
    return options;
}

}  // namespace iomux::compare
