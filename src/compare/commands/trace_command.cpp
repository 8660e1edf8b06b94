#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <boost/program_options.hpp>
#include <sstream>

#include "cli/program.hpp"
#include "cli/values.hpp"
#include "compare/commands/commands.hpp"
#include "compare/commands/options.hpp"
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
    add("size", po::value<MessageSize>()->value_name("N")->default_value({64}), "bytes of the message");
    add("json", po::value<std::string>()->value_name("FILE"),
        "write the calls as JSON; - is standard output, and the table then goes to standard error");
    add("events", po::value<std::string>()->value_name("FILE"),
        "write what happens as it happens, the calls at its end, as JSON objects, a line each");
    add("help", "this text");
    add("version", "the version");
    return options;
}

std::string trace_help_text() {
    std::ostringstream text;
    text << "Usage: " << program_name << " trace [OPTION]...\n\n"
         << "Shows every system call that a server makes for one message: in which order, when, and what the kernel\n"
            "answers. A client connects, sends a message when the server has come to rest, and closes.\n\n"
         << trace_options() << "\n"
         << "How to read it: 'at' counts from when the client connected, sent, or closed, and is negative where the\n"
            "server was waiting already; 'took' is from the call's entry to its return. 'stage' is where the call\n"
            "is in the server's code: wait, accept, read, write, close; other are threads, memory and the like.\n"
            "What io_uring does between io_uring_enter and its return is no system call: the kernel reads and\n"
            "writes by itself.\n"
            "The server is stopped at each call (ptrace(2)): the order is its own, the times are longer than without.\n"
            "Where that is not allowed it says why.\n\n"
            "Exit: 0 all were traced or do not run here, 1 one could not be traced, 2 usage, 130 interrupted.\n\n"
            "Try:  iomux-compare trace --servers epoll,select\n"
            "      iomux-compare trace --servers epoll | grep message        # the steady state alone\n"
            "      iomux-compare trace --servers blocking,io_uring,callbacks --size 4096 --json trace.json\n";
    return text.str();
}

// Nothing is shown on a terminal but the table: a trace takes a moment.
std::vector<Trace> trace_all(const std::vector<ServerSpec>& servers, std::size_t size, Events* events) {
    std::vector<Trace> traces;
    for (const ServerSpec& server : servers) {
        if (events != nullptr) events->show(server.title(), "one message is traced", std::chrono::seconds(0));
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
    const ServerList server_list = resolve_servers(whom_of(values));
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
    return std::ranges::any_of(traces, could_not_be_traced) ? cli::exit_failure : cli::exit_success;
}

}  // namespace iomux::compare
