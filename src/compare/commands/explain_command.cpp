#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <boost/program_options.hpp>
#include <sstream>

#include "cli/program.hpp"
#include "cli/values.hpp"
#include "compare/commands/commands.hpp"
#include "compare/commands/options.hpp"
#include "compare/commands/setup.hpp"
#include "compare/measure/test_setup.hpp"
#include "compare/process/wait.hpp"
#include "compare/profile/explanation.hpp"
#include "compare/report/explanation_text.hpp"
#include "compare/report/report_html.hpp"
#include "compare/report/report_text.hpp"
#include "compare/results/events.hpp"
#include "compare/results/explanation_json.hpp"
#include "compare/servers/server_list.hpp"

namespace iomux::compare {
namespace {

namespace po = boost::program_options;

constexpr std::chrono::seconds shortest_budget{1};
constexpr std::chrono::minutes longest_budget{60};

constexpr std::chrono::seconds usual_budget{30};
// With `--all`, for each server.
constexpr std::chrono::seconds usual_budget_of_one{10};

po::options_description explain_options() {
    po::options_description servers = server_options();
    servers.add_options()("all",
                          "explain every server beside the baseline, in a table; --servers and --baseline choose them");
    po::options_description measurement("Measurement");
    auto add = measurement.add_options();
    add("budget", po::value<cli::Duration>()->value_name("TIME"),
        "time for all sessions; at least 4 sessions without samples and 4 with samples are measured, even if they take "
        "longer. Default: 30s; with --all, 10s for each server");
    add("slice", po::value<cli::Duration>()->value_name("TIME"),
        "measured part of a turn, from 5ms to 1s; default: as in a comparison");
    add("warmup", po::value<cli::Duration>()->value_name("TIME"),
        "time under load before a session, for servers of --server at each start, and for servers of --attach once; "
        "default: 1s, prolonged to at most 5s until the CPU time per message settles");
    add_seed_option(measurement, "turns");
    add_server_cores_option(measurement);
    po::options_description out("Output");
    out.add_options()("json", po::value<std::string>()->value_name("FILE"),
                      "write all parts, with their functions, as JSON; -: to standard output (the text then goes to "
                      "standard error). Its schema is\nsrc/compare/results/explanation.schema.json");
    out.add_options()(
        "html", po::value<std::string>()->value_name("FILE"),
        "write a web page with what each part adds, a graph of the stacks (a differential flame graph of two "
        "servers) and the source code of the servers; it needs no network");
    out.add_options()("events", po::value<std::string>()->value_name("FILE"),
                      "stream progress events as JSON Lines; the last one has what --json writes");
    cli::add_information_options(out);
    po::options_description all;
    all.add(servers).add(load_options()).add(measurement).add(out);
    return all;
}

std::string explain_help_text() {
    std::ostringstream text;
    text
        << "Usage: " << program_name << " explain A [B] [OPTION]...\n"
        << "       " << program_name << " explain --all [OPTION]...\n\n"
        << "Shows where the CPU time of a message goes in server A. With a server B, shows why B costs more or less\n"
           "than A: the difference of each part, with its 95 % confidence interval. The parts add up to the whole.\n"
           "A may be given twice: then no part should be told apart.\n"
           "With --all, prints a table: for each server its cost, its ratio to the baseline, and the largest parts of "
           "its\n"
           "difference to the baseline. --json and --html have all parts of each.\n\n"
           "The servers are measured in sessions, as in a comparison ("
        << program_name
        << " --help). In sessions\n"
           "between them, the kernel notes 997 times per second of CPU time which function a server runs, and which\n"
           "functions have called it (perf_event_open(2), event cpu-clock). Each sample stands for 1/997 s. So a part\n"
           "of a message's cost is its number of samples, times this time, divided by the number of messages.\n"
           "Every fourth cycle of these sessions is without samples, which shows what the sampling costs the "
           "servers.\n"
           "If the CPU counts its cycles, instructions, cache misses and branch misses, these are shown, too.\n"
        << explain_options() << "\n"
        << "A part is a layer of code, and the stage of the server that it works for (accept, wait, read, write, "
           "watch,\n"
           "close; without one: other). The layers:\n"
           "  own code                     the server's functions\n"
           "  library                      Boost.Asio, liburing, the standard libraries of C and C++\n"
           "  allocator                    malloc, free, new, delete\n"
           "  system call entry and exit   the way into the kernel and back\n"
           "  wait mechanism               epoll, poll, select, the core of io_uring\n"
           "  socket send, socket receive  the socket's code in the kernel, without the next two\n"
           "  copying                      bytes of messages, between the kernel and the process\n"
           "  peer's receive path          what the kernel does for the client's socket. On loopback it does so "
           "within\n"
           "                               send(2), in a soft interrupt; its time is on the sender's CPU clock\n"
           "  wake-up and scheduling       waking a waiting thread, and switching between threads\n"
           "  other                        interrupts, page faults, opening and closing of sockets\n"
           "  unknown                      functions that the table of parts does not list, or without a symbol\n"
           "A function that the compiler has put into its caller counts as this caller. 'most in' names the functions\n"
           "that take most of a part, or that contribute most to its difference. ?: the difference is not\n"
           "statistically significant after correcting for the number of parts; with --all, of parts of all servers,\n"
           "and of a ratio, for the number of servers.\n\n"
           "The callers of a function are found by the frame pointers, and in the innermost 2 KiB of the stack by "
           "the\n"
           "call frame information (.eh_frame) of the program and its libraries. In servers of --server and --attach,\n"
           "functions without a symbol are part unknown, and code without frame pointers may hide further callers.\n"
           "Sampling needs root, or kernel.perf_event_paranoid and kernel.kptr_restrict at 0 (sysctl). In a "
           "container,\n"
           "root also needs CAP_PERFMON.\n"
           "If it is interrupted, the results so far are printed and written.\n\n"
           "Exit status: 0 success, 1 a server failed, or sampling is not possible, 2 usage error, 130 interrupted\n\n"
           "Try:  ./iomux compare explain epoll                             # one message's cost, part by part\n"
           "      ./iomux compare explain epoll callbacks                   # what a library costs, and where\n"
           "      ./iomux compare explain epoll epoll                       # a check: equal servers\n"
           "      ./iomux compare explain --all --servers minimal,epoll,io_uring,callbacks\n"
           "      ./iomux compare explain epoll io_uring --connections 8 --size 64K --html why.html\n";
    return text.str();
}

bool has_all(const po::variables_map& values) { return values.count("all") != 0; }

std::size_t servers_named_in(const ServerChoice& choice) {
    const auto is_named = [&](const ServerSpec& brought) {
        return std::ranges::find(choice.servers, brought.name, &Selection::name) != choice.servers.end();
    };
    const auto unnamed = static_cast<std::size_t>(
        std::ranges::count_if(choice.brought, [&](const ServerSpec& brought) { return !is_named(brought); }));
    return choice.servers.size() + unnamed;
}

// One or two, in the order in which they are named.
ServerChoice named_choice_of(const po::variables_map& values) {
    for (const char* option : {"servers", "baseline"})
        if (values.count(option) != 0)
            throw cli::UsageError(fmt::format(
                "--{} needs --all; without it, name one server or two, such as: explain epoll callbacks", option));
    ServerChoice choice = server_choice_of(values);
    choice.which = ServerChoice::Which::named;
    choice.repeats = Repeats::allowed;
    if (values.count(cli::arguments) != 0)
        for (const std::string& name : values[cli::arguments].as<std::vector<std::string>>())
            for (Selection& selection : parse_selections(name)) choice.servers.push_back(std::move(selection));
    const std::size_t servers = servers_named_in(choice);
    if (servers == 0)
        throw cli::UsageError(
            "no server is given; name one or two, such as: explain epoll callbacks; or explain --all");
    if (servers > 2)
        throw cli::UsageError(
            fmt::format("{} servers are given; name one or two, or use --all with --servers", servers));
    return choice;
}

ServerChoice explained_choice_of(const po::variables_map& values) {
    if (!has_all(values)) return named_choice_of(values);
    if (values.count(cli::arguments) != 0)
        throw cli::UsageError(
            fmt::format("--all takes no names; choose the servers with --servers: explain --all --servers {}",
                        fmt::join(values[cli::arguments].as<std::vector<std::string>>(), ",")));
    ServerChoice choice = server_choice_of(values);
    const std::size_t servers = servers_named_in(choice);
    if (choice.which == ServerChoice::Which::named && servers < 2)
        throw cli::UsageError("--all needs two servers or more: one is compared with the other");
    return choice;
}

ExplanationPlan explanation_plan_of(const po::variables_map& values, std::size_t servers) {
    ExplanationPlan plan;
    plan.budget =
        has_all(values) ? std::max(usual_budget, usual_budget_of_one * static_cast<int>(servers)) : usual_budget;
    if (has_all(values)) plan.baseline = baseline_of(values);
    if (values.count("budget") != 0) {
        plan.budget = values["budget"].as<cli::Duration>().time;
        if (plan.budget < shortest_budget || plan.budget > longest_budget)
            throw cli::UsageError("--budget must be from 1s to 60m");
    }
    plan.slice = slice_of(values);
    plan.warmup = warmup_of(values);
    plan.seed = seed_of(values);
    return plan;
}

void refuse_skipped(const std::vector<ServerSpec>& specs, const Work& work) {
    for (const ServerSpec& spec : specs)
        if (const std::optional<std::string> why = spec.reason_to_skip(work))
            throw std::runtime_error(fmt::format("{} cannot be explained: {}", spec.title(), *why));
}

bool is_failure(const ExplainedServer& server) { return server.failed.has_value(); }

}  // namespace

int explain_command(int argc, const char* const* argv) {
    const po::options_description described = explain_options();
    po::options_description all = described;
    all.add_options()(cli::arguments, po::value<std::vector<std::string>>());
    po::positional_options_description positional;
    positional.add(cli::arguments, -1);
    const po::variables_map values = cli::parse_options(argc, argv, all, positional);
    if (cli::answers_about_itself(values, program_name, explain_help_text)) return cli::exit_success;
    const Outputs outputs = outputs_of(values);
    Work work = work_of(values);
    work.idle_memory = 0;
    const ServerChoice choice = explained_choice_of(values);
    // Before the programs are asked for their servers.
    static_cast<void>(explanation_plan_of(values, choice.servers.size()));
    const ServerList server_list = resolve_servers(choice);
    const ExplanationPlan plan = explanation_plan_of(values, server_list.specs.size());
    warn_of_missing_servers({&server_list, 1});
    if (plan.baseline) check_baseline({&server_list, 1}, *plan.baseline);
    check_options(server_list.specs, work);
    if (!plan.baseline) refuse_skipped(server_list.specs, work);
    const Cores cores = cores_of(server_cores_of(values));
    const TestSetup setup = make_test_setup(work, cores);
    boost::json::object checked = check_environment(measured_cores(cores));
    std::optional<Events> events;
    if (outputs.events) events.emplace(*outputs.events).started(server_list.specs, work, {.sessions = SessionLimits()});
    const Explanation explanation = [&] {
        Progress shown;
        return explain(server_list.specs, setup, plan, events ? *events : shown);
    }();
    const auto text = [&](const Terminal& terminal) {
        if (!explanation.interrupted) return text_of(explanation, work, cores, terminal);
        if (!explanation.has_figures()) return std::string(nothing_measured);
        return fmt::format("{}\n{}", partial_heading, text_of(explanation, work, cores, terminal));
    };
    const boost::json::object json = json_of(explanation, summary_of(explanation), work, std::move(checked));
    write_outputs(text, json, outputs, [&] { return html_explanation(json); });
    if (explanation.interrupted) throw Interrupted();
    if (events && explanation.has_figures()) events->finished(json);
    const bool are_events_lost = events && events->are_lost();
    const bool is_complete = std::ranges::none_of(explanation.servers, is_failure) && server_list.missing.empty();
    return is_complete && explanation.has_figures() && !are_events_lost ? cli::exit_success : cli::exit_failure;
}

}  // namespace iomux::compare
