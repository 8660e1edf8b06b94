#include "compare/commands/options.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <limits>
#include <random>
#include <span>
#include <sstream>

#include "cli/printable.hpp"
#include "cli/program.hpp"
#include "cli/service_options.hpp"
#include "cli/values.hpp"
#include "compare/commands/commands.hpp"
#include "compare/commands/continued.hpp"
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
using Sessions = cli::Whole<1, 1000>;
using Seed = cli::Whole<0, std::numeric_limits<std::uint32_t>::max()>;

}  // namespace

po::options_description server_options() {
    po::options_description servers("Servers");
    add_server_options(servers);
    auto add = servers.add_options();
    add("attach", po::value<std::vector<std::string>>()->value_name("NAME=PID@HOST:PORT"),
        "also measure a running server: the load goes to HOST:PORT. The process PID, which must listen there, the "
        "others that listen there too, and their children are observed, but neither pinned nor stopped; can be "
        "repeated");
    add("baseline", po::value<std::string>()->value_name("NAME"),
        "server that all others are compared with (their figures are divided by its figures); its name as in the "
        "table; default: minimal, a bare epoll loop. If this server is not compared or fails, the first server of the "
        "table that completes all sessions (or rounds) takes its place");
    return servers;
}

po::options_description load_options() {
    const Work work;
    po::options_description workload("Workload");
    auto add = workload.add_options();
    add("connections", po::value<Connections>()->default_value({work.connections}),
        "number of client connections; each sends its next message when the previous one is answered");
    add("size", po::value<load::Sizes>()->default_value(work.size), load::size_option_help);
    add("depth", po::value<Depth>()->default_value({work.depth}), "messages in flight per connection");
    add("idle", po::value<IdleConnections>()->default_value({work.idle}), "number of additional idle connections");
    add("rate", po::value<Rate>()->value_name("N"),
        "messages per second over all connections, sent on schedule even if the server falls behind (latency then "
        "counts from the scheduled time); default: no schedule");
    add("unix", "use Unix sockets in a temporary folder instead of TCP");
    add("churn", "open a new connection for each message, and close it after the reply");
    add("work", po::value<std::string>()->value_name("busy:TIME|sleep:TIME"),
        "time that our servers spend on each message before the reply, busy-waiting or sleeping; default: none");
    add("service", po::value<std::string>()->default_value(std::string(name_of(work.service))),
        "the reply: suffix (the message and a suffix), echo (the message) or discard (none)");
    add("framing", po::value<std::string>()->default_value(std::string(name_of(work.framing))),
        "what a message is: chunk (the bytes that one read returns), line (up to LF) or length (the bytes after a "
        "32-bit big-endian length)");
    return workload;
}

namespace {

po::options_description workload_options() {
    po::options_description workload = load_options();
    auto add = workload.add_options();
    add("idle-memory", po::value<IdleConnections>()->value_name("N")->default_value({Work().idle_memory}),
        "number of idle connections that are opened to measure the memory per connection; 0: do not measure it");
    return workload;
}

po::options_description measurement_options() {
    // Program_options copies the descriptions.
    const std::string sessions_help = fmt::format(
        "number of sessions (see above), or of rounds where sessions are impossible; with --precision or --budget, the "
        "maximum. Giving it also allows slices of up to 1s (otherwise 100ms). Default: as many as fit into the budget "
        "of "
        "{}s, at least 8 and at most 24",
        default_session_budget.count());
    const std::string budget_help = fmt::format(
        "time for the sessions with their warm-ups, or for the rounds; at least 8 sessions or 6 rounds are measured, "
        "even if they take longer. Default: {}s, or {}s if --precision is given. By default, rounds "
        "without --precision have no time limit",
        default_session_budget.count(), default_precision_budget.count());
    po::options_description measurement("Measurement");
    auto add = measurement.add_options();
    add("sessions", po::value<Sessions>()->value_name("N"), sessions_help.c_str());
    add("slice", po::value<cli::Duration>()->value_name("TIME"),
        "measured part of a turn, from 5ms to 1s; default: the time in which the slowest server answers 20 × --depth "
        "messages per connection; at a fixed rate, the time of 200 messages in total; at "
        "least 20ms");
    add("precision", po::value<cli::Share>()->value_name("P%"),
        "end when the confidence interval of every ratio is at most ±P% (above 0%, at most 100%; such as 1%), after 10 "
        "sessions or 6 rounds at the earliest, or when the budget is used up");
    add("budget", po::value<cli::Duration>()->value_name("TIME"), budget_help.c_str());
    add("rounds", po::value<Rounds>(),
        "measure in windows instead of sessions: number of rounds. Default: 10 (8 with run --quick), or up to 1,000 "
        "with --precision or --budget. A verdict needs 6 rounds, or more if there are many servers (10 for 15 "
        "servers)");
    add("warmup", po::value<cli::Duration>()->value_name("TIME"),
        "time under load before the measurement. In windows, for every server; default: 200ms (50ms with run --quick). "
        "In sessions, for servers of --server at each start, and for servers of --attach once; default: 1s, prolonged "
        "to at most 5s until the CPU time per message of two successive half seconds differs by at most 2 %");
    add_seed_option(measurement, "servers");
    add_server_cores_option(measurement);
    return measurement;
}

po::options_description output_options() {
    po::options_description out("Output");
    add_output_options(out);
    return out;
}

po::options_description described_options() {
    po::options_description measurement = measurement_options();
    add_continue_option(measurement);
    measurement.add_options()("seconds", po::value<cli::Duration>()->default_value({Work().duration}),
                              "measure in windows of this length instead of sessions, such as 1, 0.5 or 250ms "
                              "(--duration of iomux-load); see --rounds");
    measurement.add_options()("load-threads", po::value<LoadThreads>()->default_value({Work().load_threads}),
                              "number of threads of the load generator, each on its own core if enough cores are left");
    po::options_description out = output_options();
    out.add_options()("events", po::value<std::string>()->value_name("FILE"),
                      "stream progress events, including live figures, as JSON Lines");
    cli::add_information_options(out);
    po::options_description all;
    all.add(server_options()).add(workload_options()).add(measurement).add(out);
    return all;
}

po::options_description described_run_options() {
    po::options_description measurement = measurement_options();
    auto add = measurement.add_options();
    add("seconds", po::value<cli::Duration>(),
        "measure in windows of this length instead of sessions; default: set by the scenario");
    add("quick",
        "a first result, in minutes for all scenarios: fewer points (table columns), 6 sessions of 5 cycles or 8 "
        "rounds of shorter windows and, without --servers, fewer servers");
    po::options_description output = output_options();
    add_svg_option(output);
    output.add_options()("events", po::value<std::string>()->value_name("FILE"),
                         "stream progress events of a single scenario, including live figures, as JSON Lines; its "
                         "points then take turns, a session each, so that all have early figures");
    cli::add_information_options(output);
    po::options_description all;
    all.add(server_options()).add(measurement).add(output);
    return all;
}

constexpr std::string_view how_it_measures =
    "A session starts all servers. It has up to ten cycles. In each cycle, the servers take turns in a random order,\n"
    "and a slice (20 ms) of each turn is measured. Slices are longer if there are many connections or few messages\n"
    "per second, and a session then has fewer cycles. The next session starts the servers again.\n"
    "For a window, one server is started and measured for the time --seconds. In a round, every server has one\n"
    "window. Windows are less precise. They replace sessions\n"
    "  - in the scenarios latency and fairness (a client that floods the server)\n"
    "  - if a slice would be longer than 100 ms, or than 1 s with --sessions: if there are very many connections, or\n"
    "    if the rate is below 2,000 messages per second (200 with --sessions)\n"
    "  - if a server starts or ends processes after the load has connected\n"
    "  - if the limit on descriptors (ulimit -n) is too low for connections to all servers at once\n"
    "  - if this kernel counts interrupt time apart from the interrupted process (CONFIG_IRQ_TIME_ACCOUNTING=y)\n"
    "  - with --rounds or --seconds\n";

std::string help_text() {
    std::ostringstream text;
    text
        << "Usage: " << program_name << " [OPTION]...\n"
        << "       " << program_name << " COMMAND [OPTION]...    (" << program_name << " COMMAND --help)\n\n"
        << "Commands:\n"
        << commands_text() << "\n"
        << "Without a command, puts all servers under the same load and prints the CPU time per message of each. The\n"
           "servers run on one core, the load generator on another. './iomux compare' builds this program and runs "
           "it.\n\n"
        << how_it_measures
        << "\n"
           "A server is named PROGRAM/NAME. NAME alone means the first of these programs that has it:\n"
           "  raw          handwritten on system calls (iomux-raw)\n"
           "  asio         Boost.Asio on epoll (iomux-asio)\n"
           "  asio-select, asio-io_uring\n"
           "               the same sources on Asio's other backends; only compared if named, or with --servers all\n"
           "Options after a name are passed to the server (./iomux run iomux-raw --help). The same server with other\n"
           "options is another row. A server that cannot run here is skipped, and the table says why.\n\n"
           "A server may put itself in the background. It may start processes, also one for each connection:\n"
           "  --server 'mine=socat TCP-LISTEN:{port},fork PIPE'\n"
           "The CPU time of all of them counts. That of processes that have ended is known in ticks of the kernel,\n"
           "and only if their parent waits for them. If the parent ignores SIGCHLD instead, the server cannot be\n"
           "compared: its row says so.\n\n"
           "An attached server (--attach) stays on its own cores. To compare it with others, pin it to their core\n"
           "(taskset). If this kernel counts interrupt time apart (see above), that time is missing from the CPU time "
           "of\n"
           "an attached server. The same process serves every session. Memory per idle connection is the growth of "
           "that\n"
           "process, so other clients must not use it during the measurement.\n"
        << described_options() << "\n"
        << "How to read the table: 'CPU µs/msg' is the server's CPU time per message. 'ratio' is this time divided by\n"
           "that of the baseline, with its 95 % confidence interval.\n"
           "'verdict' says whether the difference is statistically significant, corrected for the number of rows.\n"
           "Ratios are reproducible from run to run. msgs/s and latency also depend on the load generator and the\n"
           "machine. Tables are as wide as the terminal. Without one, they are as wide as COLUMNS says, or not "
           "wrapped.\n\n"
           "Exit status: 0 success (servers may be skipped), 1 a server failed, none was measured or output was\n"
           "lost, 2 usage error, 130 interrupted\n\n"
           "Try:  ./iomux compare --servers minimal,epoll,select --budget 10\n"
           "      ./iomux compare --servers epoll,callbacks --json results.json   # with and without a library\n"
           "      ./iomux compare --continue results.json --precision 2% --json results.json   # measure on\n"
           "      ./iomux compare --servers asio-select/callbacks,callbacks,asio-io_uring/callbacks    # all backends\n"
           "      ./iomux compare --servers 'epoll,epoll --threads 2,callbacks --threads 2 --contexts shared' \\\n"
           "                      --server-cores all\n"
           "      ./iomux compare --servers all --idle-memory 10000 --html all.html\n"
           "      ./iomux compare --connections 800 --rounds 10 --seconds 2 --csv table.csv\n"
           "      ./iomux compare --servers epoll --server 'mine=./iomux run iomux-raw poll --service echo --port "
           "{port}'\n"
           "      ./iomux run iomux-raw epoll --service echo --port 7000 &    # once it listens:\n"
           "      ./iomux compare --servers epoll --attach mine=$!@127.0.0.1:7000 && kill $!\n";
    return text.str();
}

// What is longer is a slip of the pen, such as milliseconds.
constexpr std::chrono::hours longest_time{1};
constexpr std::chrono::hours longest_run{24};

void check_duration(std::chrono::nanoseconds duration) {
    if (duration < std::chrono::milliseconds(50)) throw UsageError("--seconds must be at least 0.05");
    if (duration > longest_time) throw UsageError("--seconds must be at most 3600 (1 hour)");
}

std::string run_help_text(const po::options_description& options) {
    std::ostringstream text;
    text << "Usage: " << program_name << " run [SCENARIO]... [OPTION]...\n\n"
         << "Runs these scenarios (default: all) and prints a table for each. Each scenario answers one\n"
            "question; most vary one parameter. './iomux compare list' shows all scenarios.\n\n"
         << how_it_measures << options << "\n"
         << "The file of --json is written after each scenario. If the run is interrupted, the results so far are\n"
            "printed and written.\n"
            "Tables are as wide as the terminal. Without one, they are as wide as COLUMNS says, or not wrapped.\n\n"
            "Exit status: 0 success (servers may be skipped), 1 a server failed, none was measured or output was\n"
            "lost, 2 usage error, 130 interrupted\n\n"
            "Try:  ./iomux compare run --quick --json quick.json\n"
            "      ./iomux compare run throughput idle --servers minimal,epoll,poll\n"
            "      ./iomux compare run idle --quick --svg idle.svg\n"
            "      ./iomux compare run latency --precision 2% --markdown latency.md\n";
    return text.str();
}

// The servers parse the value too. It is checked here so that a mistake is one error and not one per server.
const std::string& simulated_work_of(const po::variables_map& values) {
    const std::string& text = cli::text_of(values, "work");
    const bool has_kind = text.starts_with("busy:") || text.starts_with("sleep:");
    try {
        if (has_kind && cli::parse_duration(text.substr(text.find(':') + 1)).time <= std::chrono::seconds(10))
            return text;
    } catch (const std::invalid_argument&) {
        // The error below describes the whole value.
    }
    cli::refuse_simulated_work(values);
}

}  // namespace

std::chrono::nanoseconds budget_of(const po::variables_map& values) {
    const std::chrono::nanoseconds budget = values["budget"].as<cli::Duration>().time;
    if (budget > longest_run) throw UsageError("--budget must be at most 86400 (1 day)");
    return budget;
}

std::optional<std::chrono::nanoseconds> warmup_of(const po::variables_map& values) {
    if (values.count("warmup") == 0) return std::nullopt;
    const std::chrono::nanoseconds warmup = values["warmup"].as<cli::Duration>().time;
    if (warmup > std::chrono::minutes(1)) throw UsageError("--warmup must be at most 1m");
    return warmup;
}

Work work_of(const po::variables_map& values) {
    Work work;
    work.connections = values["connections"].as<Connections>().value;
    work.size = values["size"].as<load::Sizes>();
    work.depth = values["depth"].as<Depth>().value;
    work.idle = values["idle"].as<IdleConnections>().value;
    if (values.count("idle-memory") != 0) work.idle_memory = values["idle-memory"].as<IdleConnections>().value;
    if (values.count("rate") != 0) work.rate = static_cast<double>(values["rate"].as<Rate>().value);
    work.churn = values.count("churn") != 0;
    if (values.count("work") != 0) work.simulated_work = simulated_work_of(values);
    work.warmup = warmup_of(values).value_or(work.warmup);
    if (values.count("seconds") != 0) work.duration = values["seconds"].as<cli::Duration>().time;
    work.service = cli::named(values, "service", &protocol::service_named, protocol::service_names);
    work.framing = cli::named(values, "framing", &protocol::framing_named, protocol::framing_names);
    work.unix_socket = values.count("unix") != 0;
    if (values.count("load-threads") != 0) work.load_threads = values["load-threads"].as<LoadThreads>().value;
    if (work.load_threads > work.connections)
        throw UsageError("--load-threads must not exceed --connections: each thread needs a connection");
    if (work.churn && work.load_threads > 1)
        throw UsageError("--churn and --load-threads cannot be combined: a single thread opens all connections");
    if (work.churn && work.idle != 0) throw UsageError("--churn and --idle cannot be combined");
    if (work.churn && work.depth != 1) throw UsageError("--churn and --depth cannot be combined");
    check_duration(work.duration);
    return work;
}

namespace {

// With fewer rounds, two servers cannot be told apart.
constexpr std::size_t least_rounds_of_open_end = 6;

// In shorter slices, a server has no time to handle its events in batches, as it does under a steady load.
constexpr std::chrono::milliseconds shortest_slice{5};
constexpr std::chrono::seconds longest_slice{1};

}  // namespace

void add_server_cores_option(po::options_description& options) {
    options.add_options()(
        "server-cores", po::value<std::string>()->value_name("A,B"),
        "CPU cores for the servers, or all; default: the last core. The load runs on the first of the other cores, "
        "or on the same ones if there are no others");
}

std::optional<std::string> server_cores_of(const po::variables_map& values) {
    if (values.count("server-cores") == 0) return std::nullopt;
    return values["server-cores"].as<std::string>();
}

void add_seed_option(po::options_description& options, const std::string& ordered) {
    options.add_options()("seed", po::value<Seed>()->value_name("N"),
                          ("random seed for the order of the " + ordered + "; default: a random one").c_str());
}

std::uint32_t seed_of(const po::variables_map& values) {
    return values.count("seed") != 0 ? static_cast<std::uint32_t>(values["seed"].as<Seed>().value)
                                     : std::random_device()();
}

std::optional<std::chrono::nanoseconds> slice_of(const po::variables_map& values) {
    if (values.count("slice") == 0) return std::nullopt;
    const std::chrono::nanoseconds slice = values["slice"].as<cli::Duration>().time;
    if (slice < shortest_slice || slice > longest_slice) throw UsageError("--slice must be from 5ms to 1s");
    return slice;
}

namespace {

// Naming the number or the length of windows asks for windows.
bool wants_windows(const po::variables_map& values) {
    return values.count("rounds") != 0 || (values.count("seconds") != 0 && !values["seconds"].defaulted());
}

std::optional<SessionLimits> sessions_of(const po::variables_map& values) {
    if (wants_windows(values)) {
        for (const char* option : {"sessions", "slice"})
            if (values.count(option) != 0)
                throw UsageError(
                    fmt::format("--{} cannot be combined with --rounds or --seconds, which ask for windows "
                                "instead of sessions",
                                option));
        return std::nullopt;
    }
    SessionLimits sessions;
    const bool ends_early = values.count("precision") + values.count("budget") != 0;
    if (ends_early) sessions.most = most_rounds;
    if (values.count("sessions") != 0) {
        sessions.most = values["sessions"].as<Sessions>().value;
        sessions.least = ends_early ? std::min(sessions.least, sessions.most) : sessions.most;
        sessions.longest_slice = longest_slice;  // the user wants sessions, even if they take long
    }
    sessions.warmup = warmup_of(values);
    sessions.slice = slice_of(values);
    return sessions;
}

// If sessions are impossible, their number is that of the rounds.
std::optional<std::size_t> rounds_of(const po::variables_map& values) {
    if (values.count("rounds") != 0) return values["rounds"].as<Rounds>().value;
    if (values.count("sessions") != 0) return values["sessions"].as<Sessions>().value;
    return std::nullopt;
}

Plan plan_of(const po::variables_map& values) {
    Plan plan{.sessions = sessions_of(values)};
    plan.seed = seed_of(values);
    plan.baseline = baseline_of(values);
    if (values.count("precision") != 0) {
        plan.precision = values["precision"].as<cli::Share>().of_one;
        plan.budget = default_precision_budget;
    }
    if (values.count("budget") != 0) plan.budget = budget_of(values);
    if (plan.budget) {
        plan.least_rounds = least_rounds_of_open_end;
        plan.most_rounds = most_rounds;
    }
    if (const std::optional<std::size_t> rounds = rounds_of(values)) {
        plan.most_rounds = *rounds;
        plan.least_rounds = plan.budget ? std::min(plan.least_rounds, plan.most_rounds) : plan.most_rounds;
    }
    return plan;
}

MeasurementOptions measurement_options_of(const po::variables_map& values) {
    return {.plan = plan_of(values), .server_cores = server_cores_of(values)};
}

// Refuses options of a comparison without a command, and of `report`, that `run` does not have.
void refuse_options_of_others(std::span<const char* const> words, const po::options_description& described) {
    const po::options_description workload = workload_options();
    const po::options_description alone = described_options();
    for (const std::string_view word : words) {
        if (!word.starts_with("--")) continue;
        const std::string name(word.substr(2, word.find('=') - 2));
        if (described.find_nothrow(name, false) != nullptr) continue;
        if (name == "scenario")
            throw UsageError(
                fmt::format("unknown option --scenario: it is an option of report; name the scenarios "
                            "without it: {} run idle",
                            program_name));
        if (alone.find_nothrow(name, false) == nullptr) continue;
        throw UsageError(
            fmt::format("unknown option --{}: it is an option without a command{}", name,
                        workload.find_nothrow(name, false) != nullptr ? "; a scenario sets its own workload" : ""));
    }
}

}  // namespace

void add_server_options(po::options_description& options) {
    auto add = options.add_options();
    add("servers", po::value<std::string>()->value_name("A,B,C"),
        "servers to compare, such as epoll, 'epoll --threads 2' or asio-select/callbacks; all: every server on every "
        "backend; default: every server of iomux-raw and iomux-asio");
    add("server", po::value<std::vector<std::string>>()->value_name("NAME=COMMAND"),
        "also compare your own server, which /bin/sh starts with COMMAND; {port} is replaced by the port on 127.0.0.1 "
        "that it must listen on, or {unix} by the path of its Unix socket if the load uses one; can be repeated");
    add("start-timeout", po::value<cli::Duration>()->value_name("TIME"),
        "how long a server of --server may take until it listens; default: 5s");
}

std::string baseline_of(const po::variables_map& values) {
    return values.count("baseline") != 0 ? cli::well_formed_line(values["baseline"].as<std::string>()) : "";
}

ServerChoice server_choice_of(const po::variables_map& values) {
    ServerChoice choice;
    if (values.count("servers") != 0) {
        const std::string& servers = values["servers"].as<std::string>();
        choice.which = servers == every_server ? ServerChoice::Which::all : ServerChoice::Which::named;
        if (choice.which == ServerChoice::Which::named) choice.servers = parse_selections(servers);
    }
    if (values.count("server") != 0)
        for (const std::string& text : values["server"].as<std::vector<std::string>>())
            choice.brought.push_back(parse_brought(text));
    if (values.count("start-timeout") != 0) {
        const std::chrono::nanoseconds timeout = values["start-timeout"].as<cli::Duration>().time;
        if (timeout > longest_time) throw UsageError("--start-timeout must be at most 3600 (1 hour)");
        set_start_timeout(choice.brought, timeout);
    }
    if (values.count("attach") != 0)
        for (const std::string& text : values["attach"].as<std::vector<std::string>>())
            choice.brought.push_back(parse_attached(text));
    return choice;
}

std::optional<Options> parse_options(int argc, const char* const* argv) {
    const po::variables_map values = cli::parse_options(argc, argv, described_options(), {});
    if (cli::answers_about_itself(values, program_name, help_text)) return std::nullopt;
    return Options{.work = work_of(values),
                   .choice = server_choice_of(values),
                   .measurement = measurement_options_of(values),
                   .outputs = outputs_of(values),
                   .continued = continued_of(values)};
}

std::optional<RunOptions> parse_run_options(int argc, const char* const* argv) {
    po::options_description described = described_run_options();
    refuse_options_of_others(std::span(argv, static_cast<std::size_t>(argc)), described);
    po::options_description all = described;
    all.add_options()(cli::arguments, po::value<std::vector<std::string>>());
    po::positional_options_description positional;
    positional.add(cli::arguments, -1);
    const po::variables_map values = cli::parse_options(argc, argv, all, positional);
    if (cli::answers_about_itself(values, program_name, [&] { return run_help_text(described); })) return std::nullopt;
    RunOptions options{
        .quick = values.count("quick") != 0,
        .names_length =
            values.count("rounds") + values.count("sessions") + values.count("precision") + values.count("budget") != 0,
        .choice = server_choice_of(values),
        .measurement = measurement_options_of(values),
        .outputs = outputs_of(values)};
    options.warmup = warmup_of(values);
    if (values.count("seconds") != 0) {
        options.duration = values["seconds"].as<cli::Duration>().time;
        check_duration(*options.duration);
    }
    if (values.count(cli::arguments) != 0) options.scenarios = values[cli::arguments].as<std::vector<std::string>>();
    return options;
}

}  // namespace iomux::compare
