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
#include "compare/measure/trace.hpp"
#include "compare/report/trace_report.hpp"
#include "compare/results/events.hpp"
#include "compare/servers/server_list.hpp"

namespace iomux::compare {
namespace {

namespace po = boost::program_options;

using MessageSize = cli::Whole<1, longest_traced_message>;

po::options_description trace_options() {
    po::options_description options("Options");
    add_server_options(options);
    auto add = options.add_options();
    add("size", po::value<MessageSize>()->value_name("N")->default_value({64}), "message size in bytes");
    add("json", po::value<std::string>()->value_name("FILE"),
        "write the calls as JSON; -: to standard output (the table then goes to standard error)");
    add("events", po::value<std::string>()->value_name("FILE"),
        "stream progress events as JSON Lines; the last one has the calls");
    cli::add_information_options(options);
    return options;
}

std::string trace_help_text() {
    std::ostringstream text;
    text
        << "Usage: " << program_name << " trace [OPTION]...\n\n"
        << "Shows every system call that a server makes for one message, in order, with its time and result. A client\n"
           "connects, sends one message when the server is idle, and disconnects.\n\n"
        << trace_options() << "\n"
        << "How to read the table: 'at' is the time since the client connected, sent or disconnected. It is negative "
           "if\n"
           "the server was already waiting in the call. 'took' is the time from entry to return. 'stage' is the part "
           "of\n"
           "the server that makes the call: wait, accept, read, write, watch (epoll_ctl) or close. 'other' marks "
           "calls\n"
           "that are part of no stage, such as those for memory and threads.\n"
           "With io_uring, the kernel reads and writes during io_uring_enter, without further system calls.\n"
           "ptrace(2) stops the server at each call: the order is unchanged, but the times are longer than without "
           "it.\n"
           "If tracing is not allowed, the output says why.\n\n"
           "Exit status: 0 all servers were traced or cannot run here, 1 a server could not be traced, 2 usage error,\n"
           "130 interrupted\n\n"
           "Try:  ./iomux compare trace --servers epoll,select\n"
           "      ./iomux compare trace --servers epoll | grep message        # only the calls for the message\n"
           "      ./iomux compare trace --servers blocking,io_uring,callbacks --size 4096 --json trace.json\n";
    return text.str();
}

// There is no progress line on a terminal, because a trace takes only a moment.
std::vector<Trace> trace_all(const std::vector<ServerSpec>& servers, std::size_t size, Events* events) {
    std::vector<Trace> traces;
    for (const ServerSpec& server : servers) {
        if (events != nullptr) events->show(server.title(), "tracing one message", std::chrono::seconds(0));
        traces.push_back(trace_message(server, size));
    }
    return traces;
}

bool could_not_be_traced(const Trace& trace) { return trace.unavailable && !trace.skipped; }

}  // namespace

int trace_command(int argc, const char* const* argv) {
    const po::variables_map values = cli::parse_options(argc, argv, trace_options(), {});
    if (cli::answers_about_itself(values, program_name, trace_help_text)) return cli::exit_success;
    const std::size_t size = values["size"].as<MessageSize>().value;
    const Outputs outputs = outputs_of(values);
    const ServerList server_list = resolve_servers(server_choice_of(values));
    warn_of_missing_servers({&server_list, 1});
    check_options(server_list.specs, traced_work(size));
    std::optional<Events> events;
    if (outputs.events) {
        Plan plan;
        plan.most_rounds = 1;
        events.emplace(*outputs.events).started(server_list.specs, traced_work(size), plan);
    }
    const std::vector<Trace> traces = trace_all(server_list.specs, size, events ? &*events : nullptr);
    const boost::json::object json = json_of(traces, size);
    write_outputs([&](const Terminal&) { return text_of(traces, size); }, json, outputs);
    if (events) events->finished(json);
    const bool are_events_lost = events && events->are_lost();
    return are_events_lost || std::ranges::any_of(traces, could_not_be_traced) ? cli::exit_failure : cli::exit_success;
}

}  // namespace iomux::compare
