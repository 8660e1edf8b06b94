#include "load/options.hpp"

#include <fmt/core.h>

#include <boost/program_options.hpp>
#include <sstream>

#include "cli/program.hpp"
#include "cli/service_options.hpp"
#include "cli/values.hpp"
#include "load/numbered_messages.hpp"
#include "protocol/requests.hpp"

namespace iomux::load {
namespace {

namespace po = boost::program_options;
using cli::UsageError;

using Connections = cli::Whole<1, 1'000'000>;
using IdleConnections = cli::Whole<0, 1'000'000>;
using Depth = cli::Whole<1, 65'536>;

po::options_description described_options() {
    const Workload defaults;
    po::options_description server("The server");
    cli::add_endpoint_options(server);
    cli::add_udp_option(server);
    cli::add_dialect_options(server, defaults.dialect.service);

    po::options_description work("The load");
    auto add = work.add_options();
    add("connections", po::value<Connections>()->default_value({defaults.connections}),
        "connections that ask again as soon as they are answered");
    add("size", po::value<cli::Size>()->default_value({defaults.size}),
        "bytes a message (--udp: 8 to 65507, with the suffix); 65536, 64K, 1M");
    add("depth", po::value<Depth>()->default_value({defaults.depth}),
        "messages that a connection has on their way at once");
    add("idle", po::value<IdleConnections>()->default_value({defaults.idle}),
        "connections beside: served once, and then silent");
    add("lost-after", po::value<cli::Duration>()->default_value({defaults.lost_after}),
        "with --udp: a datagram not answered by then is lost, and the next is sent; a later reply is late");
    add("warmup", po::value<cli::Duration>()->default_value({defaults.warmup}),
        "before it is measured; 0.5, 250ms, 2m");
    add("duration", po::value<cli::Duration>()->default_value({defaults.duration}), "for how long it is measured");

    po::options_description reports("What it says");
    add = reports.add_options();
    add("json", "the result as a JSON object; bytes_per_second is of both directions together");
    add("mark-window", "print 'measuring' as the measured time begins, and 'measured' at its end");
    add("help", "this text");
    add("version", "the version");

    po::options_description all;
    all.add(server).add(work).add(reports);
    return all;
}

std::string help_text() {
    std::ostringstream text;
    text << "Usage: iomux-load [OPTION]...\n\n"
         << "Loads a server in a closed loop, checks every byte of every reply, and prints rates and latencies.\n"
            "A latency reaches from asking to the last byte of the reply. Use a core of its own (taskset).\n"
            "A client that is never answered while others are (a pool has no worker left for it) is not waited for:\n"
            "it has starved.\n"
            "With --udp datagrams may get lost: that is no error, and is counted. They have no latency.\n\n"
         << described_options() << "\n"
         << "Exit: 0 every client was served and every reply was right, 1 there was an error, a client has starved or\n"
            "all datagrams were lost, 2 usage.\n\n"
         << "Try:  taskset -c 0 iomux-raw epoll --service echo &\n"
         << "      taskset -c 1 iomux-load --connections 64 --size 64\n";
    return text.str();
}

void check_messages(const Workload& workload) {
    if (workload.size < 1 || workload.size > protocol::Dialect::longest_message)
        throw UsageError(fmt::format("--size is 1 to {} bytes", protocol::Dialect::longest_message));
    // Letters: only their number may be too large.
    const std::string message(workload.size, 'x');
    if (const auto why = unaskable(workload.dialect, protocol::as_bytes(message))) throw UsageError(*why);
}

void check_datagrams(const Workload& workload) {
    if (workload.size < NumberedMessages::shortest)
        throw UsageError(fmt::format("--size is at least {} bytes with --udp: a datagram begins with its number",
                                     NumberedMessages::shortest));
    cli::refuse_beyond_a_datagram(workload.dialect, workload.size);
}

Workload workload_of(const po::variables_map& values) {
    Workload workload;
    workload.endpoint = cli::endpoint_of(values);
    workload.dialect = cli::dialect_of(values);
    workload.connections = values["connections"].as<Connections>().value;
    workload.size = values["size"].as<cli::Size>().bytes;
    workload.depth = values["depth"].as<Depth>().value;
    workload.idle = values["idle"].as<IdleConnections>().value;
    workload.warmup = values["warmup"].as<cli::Duration>().time;
    workload.duration = values["duration"].as<cli::Duration>().time;
    workload.lost_after = values["lost-after"].as<cli::Duration>().time;
    if (cli::asks_for_datagrams(values)) workload.transport = Transport::datagrams;
    if (workload.duration <= workload.duration.zero()) throw UsageError("--duration is more than 0");
    if (workload.lost_after <= workload.lost_after.zero()) throw UsageError("--lost-after is more than 0");
    cli::refuse_without(values, "lost-after", "udp");
    cli::refuse_both(values, "udp", "idle");
    if (workload.transport == Transport::datagrams)
        check_datagrams(workload);
    else
        check_messages(workload);
    return workload;
}

}  // namespace

std::optional<Options> parse_options(int argc, const char* const* argv) {
    const po::variables_map values = cli::parse_options(argc, argv, described_options(), {});
    if (cli::answers_about_itself(values, "iomux-load", help_text)) return std::nullopt;
    return Options{.workload = workload_of(values),
                   .json = values.count("json") != 0,
                   .mark_window = values.count("mark-window") != 0};
}

}  // namespace iomux::load
