#include "load/command/options.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <limits>
#include <sstream>
#include <utility>

#include "cli/output_file.hpp"
#include "cli/program.hpp"
#include "cli/service_options.hpp"
#include "cli/values.hpp"
#include "load/command/size_option.hpp"
#include "load/workload/numbered_messages.hpp"
#include "posix/socket.hpp"
#include "protocol/requests.hpp"

namespace iomux::load {
namespace {

namespace po = boost::program_options;
using cli::UsageError;

using Connections = cli::Whole<1, 1'000'000>;
using IdleConnections = cli::Whole<0, 1'000'000>;
using Threads = cli::Whole<1, 64>;
using Depth = cli::Whole<1, 65'536>;
using Rate = cli::Whole<1, 10'000'000>;
using Seed = cli::Whole<0, std::numeric_limits<std::uint64_t>::max()>;

po::options_description described_options() {
    const Workload defaults;
    po::options_description server("Server");
    cli::add_endpoint_options(server, cli::Role::client);
    cli::add_udp_option(server);
    cli::add_protocol_options(server, defaults.protocol.service,
                              "; the server needs the same (its default is suffix, that of minimal is echo)");

    po::options_description work("Load");
    auto add = work.add_options();
    add("connections", po::value<Connections>()->default_value({defaults.connections}),
        "number of connections; each sends its next message once the last is answered; with --rate they send in turn");
    add("size", po::value<Sizes>()->default_value(defaults.size),
        fmt::format("{}; with --udp at least 8 bytes, and the reply may have at most 65507", size_option_help).c_str());
    add("seed", po::value<Seed>()->default_value({defaults.seed}),
        "random seed for --size and --arrivals; the same seed gives the same sequence");
    add("depth", po::value<Depth>()->default_value({defaults.depth}),
        "messages in flight per connection; with --rate it is the maximum: further messages wait and are sent late");
    add("rate", po::value<Rate>()->value_name("N"),
        "open loop: send N messages per second over all connections, however long the replies take; default: closed "
        "loop");
    add("arrivals", po::value<std::string>()->default_value(std::string(name_of(OpenLoop{}.spacing))),
        "with --rate, inter-arrival times: exponential (Poisson arrivals) or fixed");
    add("threads", po::value<Threads>()->default_value({defaults.threads}),
        "threads that share the connections and the --rate; give each a core of its own");
    add("churn",
        "use a new connection for every message: connect, send, read the reply, close; --connections is the number "
        "that is open at a time (with --rate: at most)");
    add("idle", po::value<IdleConnections>()->default_value({defaults.idle}),
        "extra idle connections: each sends one message, then nothing");
    add("lost-after", po::value<cli::Duration>()->default_value({defaults.lost_after}),
        "with --udp: a datagram without a reply within this time is lost, and the next is sent; a later reply is "
        "counted as late");
    add("warmup", po::value<cli::Duration>()->default_value({defaults.warmup}),
        "how long to send before the measurement, such as 0.5, 250ms or 2m");
    add("duration", po::value<cli::Duration>()->default_value({defaults.duration}),
        "how long to measure (--seconds of iomux-compare)");

    po::options_description reports("Output");
    add = reports.add_options();
    add("json",
        "print the result as a JSON object; bytes_per_second is the sum of both directions, histogram_ns has pairs of "
        "a "
        "latency in ns and its number of messages");
    add("hdr", po::value<std::string>()->value_name("FILE"),
        "write the latency percentiles in µs to FILE, in the format of HdrHistogram and its plotters; -: print them "
        "instead of the report");
    add("mark-window",
        "print 'measuring' when the measurement begins and 'measured' when it ends; then keep all connections open "
        "until standard input has a line or ends, so that a program that measures the server meanwhile does not also "
        "measure the closing of the connections");
    add("hold-window",
        "with --mark-window: after 'measuring', send nothing until standard input has a line or ends, so that a "
        "program "
        "that needs time to read its meters misses no message; the replies that arrive meanwhile are read later, so "
        "their "
        "latencies contain this pause");
    add("live", po::value<cli::Duration>()->value_name("TIME"),
        "print a line at this interval during the measurement: 'sample' and the counts since the measurement began as "
        "JSON");
    cli::add_information_options(reports);

    po::options_description several("Several servers in turns");
    several.add_options()("conduct",
                          "read a plan from standard input and visit the servers that it names in short turns; print "
                          "a JSON object for each turn, then one for each server");

    po::options_description all;
    all.add(server).add(work).add(several).add(reports);
    return all;
}

std::string help_text() {
    std::ostringstream text;
    text << "Usage: iomux-load [OPTION]...\n\n"
         << "Sends messages to a server, checks every byte of every reply, and prints rates and latencies. Give it a\n"
            "core of its own with taskset, or one core per thread with --threads.\n\n"
            "Closed loop (default): a connection sends its next message once the last one is answered. A latency is "
            "the\n"
            "time from sending a message to the last byte of its reply.\n"
            "Open loop (--rate): messages are due at set times. A latency begins when the message is due, even if it\n"
            "has to wait for a free connection, which avoids coordinated omission.\n"
            "With --rate, a message may be sent up to 50 µs early, together with the one before it, which saves\n"
            "wake-ups. The latency of a message that is sent early begins when it is sent.\n"
            "With --churn, a latency begins before connecting.\n"
            "With --rate, the program waits up to 1 s after the measurement for the replies to messages that were\n"
            "due in it. If a message is still not answered then, its latency ends at that time.\n\n"
            "A connection is starved if it never gets a reply while others do, for example because a pool has no\n"
            "worker left for it. The run does not wait for it.\n"
            "With --udp, datagrams can be lost. Lost datagrams are counted, are not an error, and have no latency.\n"
            "Random sizes are drawn in blocks: 4,093 sizes that match the distribution exactly, in random order.\n"
            "Sizes above --max-message are an error (uniform) or are reduced to it (exponential).\n"
         << described_options() << "\n"
         << "The plan of --conduct is a JSON object, on one line or several. Each server has one turn in each\n"
            "cycle, in a random order:\n\n"
            "  {\"targets\": [{\"name\": \"epoll\", \"port\": 7000, \"processes\": [4711]},\n"
            "               {\"name\": \"mine\", \"unix\": \"/run/mine.sock\", \"processes\": [4712],\n"
            "                \"pausable\": false, \"warmup_ms\": 1000, \"longest_warmup_ms\": 5000}],\n"
            "   \"cycles\": 20, \"warmup_cycles\": 3, \"slice_ms\": 20, \"prelude_ms\": 2, \"seed\": 1}\n\n"
            "A turn begins with prelude_ms that are not counted. When their replies have arrived,\n"
            "slice_ms are measured. processes are those whose CPU time is measured. They are stopped (SIGSTOP)\n"
            "between the turns if they use more than 0.5 % of a core outside their turns, unless pausable is false.\n"
            "Before the first cycle, a server is under load for warmup_ms (default: 0). If longest_warmup_ms is more,\n"
            "the load goes on until two successive periods, each half of warmup_ms long, differ by at most 2 % in\n"
            "CPU time per message, but not beyond longest_warmup_ms.\n"
            "The first warmup_cycles cycles are not reported.\n"
            "When no connection has been served for patience_ms (default: 1200), those that have never been served\n"
            "are starved.\n"
            "A turn ends when everything has been answered; with --service discard, when the server has read every\n"
            "byte (over TCP: when its kernel has acknowledged it); with --churn, when no connection is open; with\n"
            "--udp, also after 5 ms without a reply: the other datagrams are lost. With --rate, the clock of each\n"
            "server's messages stands still during the turns of the other servers.\n"
            "If asks_for_processes is true, the line {\"connected\": true} is printed when every connection of every\n"
            "server has been served once. Then a line with the processes of each server is read, such as\n"
            "[[4711], [4712, 4713]], because a server may start processes for its connections.\n"
            "The connections to all servers stay open between the turns. After the last line of output, they stay\n"
            "open until another line arrives on standard input, or it ends. With 0 cycles and 0 warmup_cycles there\n"
            "are no turns: each connection is only served once and then stays open.\n\n"
         << "If a signal (SIGINT, SIGTERM or SIGHUP) interrupts the run, the results so far are printed, and the "
            "output\n"
            "says so.\n\n"
         << "Exit status: 0 success (every connection was served, every reply was correct), 1 an error, a starved\n"
            "connection, or all datagrams lost, 2 usage error, 130 interrupted.\n\n"
         << "Try:  taskset -c 0 ./iomux run iomux-raw epoll --service echo\n"
         << "      taskset -c 1 ./iomux run iomux-load --connections 64 --size 64    # in another terminal\n";
    return text.str();
}

// Sizes of an exponential distribution that exceed the limits are set to the limit.
void fit_messages(Workload& workload) {
    const protocol::ProtocolConfig& protocol = workload.protocol;
    workload.size = workload.size.bounded(1, protocol.framing == protocol::Framing::chunk
                                                 ? protocol::ProtocolConfig::longest_message
                                                 : protocol.max_message);
    if (const auto why = protocol::unaskable_size(protocol, workload.size.highest())) throw UsageError(*why);
}

void fit_datagrams(Workload& workload) {
    constexpr std::size_t shortest = NumberedMessages::shortest;
    workload.size = workload.size.bounded(shortest, posix::longest_datagram - workload.protocol.reply_suffix().size());
    if (workload.size.lowest() < shortest)
        throw UsageError(fmt::format(
            "--size must be at least {} bytes with --udp, because a datagram begins with its number", shortest));
    cli::refuse_beyond_a_datagram(workload.protocol, workload.size.highest());
}

void check_threads(const po::variables_map& values, const Workload& workload) {
    if (workload.threads == 1) return;
    for (const char* other : {"churn", "udp"})
        if (cli::given(values, other)) throw UsageError(fmt::format("--threads cannot be combined with --{}", other));
    if (workload.threads > workload.connections)
        throw UsageError(fmt::format("--threads {}: at most {}, the number of --connections", workload.threads,
                                     workload.connections));
}

void refuse_needless_seed(const po::variables_map& values, const Workload& workload) {
    const bool draws_times = workload.open_loop && workload.open_loop->spacing == Spacing::exponential;
    if (cli::given(values, "seed") && !workload.size.are_drawn() && !draws_times)
        throw UsageError(
            "--seed requires random values: --size uniform:..., --size exponential:... or --arrivals exponential");
}

std::optional<OpenLoop> open_loop_of(const po::variables_map& values) {
    cli::refuse_without(values, "arrivals", "rate");
    cli::refuse_both(values, "udp", "rate");
    if (values.count("rate") == 0) return std::nullopt;
    return OpenLoop{.rate = static_cast<double>(values["rate"].as<Rate>().value),
                    .spacing = cli::named(values, "arrivals", find_spacing, spacing_names),
                    .seed = values["seed"].as<Seed>().value};
}

Workload workload_of(const po::variables_map& values) {
    Workload workload;
    workload.endpoint = cli::endpoint_of(values);
    workload.protocol = cli::protocol_of(values);
    workload.connections = values["connections"].as<Connections>().value;
    workload.size = values["size"].as<Sizes>();
    workload.seed = values["seed"].as<Seed>().value;
    workload.depth = values["depth"].as<Depth>().value;
    workload.open_loop = open_loop_of(values);
    workload.idle = values["idle"].as<IdleConnections>().value;
    workload.warmup = values["warmup"].as<cli::Duration>().time;
    workload.duration = values["duration"].as<cli::Duration>().time;
    workload.lost_after = values["lost-after"].as<cli::Duration>().time;
    if (cli::asks_for_datagrams(values)) workload.transport = Transport::datagrams;
    if (workload.duration <= workload.duration.zero()) throw UsageError("--duration must be more than 0");
    if (workload.lost_after <= workload.lost_after.zero()) throw UsageError("--lost-after must be more than 0");
    cli::refuse_without(values, "lost-after", "udp");
    cli::refuse_both(values, "udp", "idle");
    workload.churn = values.count("churn") != 0;
    for (const char* other : {"udp", "idle", "depth"}) cli::refuse_both(values, "churn", other);
    if (workload.transport == Transport::datagrams)
        fit_datagrams(workload);
    else
        fit_messages(workload);
    workload.threads = values["threads"].as<Threads>().value;
    check_threads(values, workload);
    refuse_needless_seed(values, workload);
    return workload;
}

std::string hdr_file_of(const po::variables_map& values, const Workload& workload) {
    if (values.count("hdr") == 0) return "";
    if (!workload.answered())
        throw UsageError("--hdr cannot be combined with --service discard, which has no latencies");
    std::string file = values["hdr"].as<std::string>();
    if (file.empty()) throw UsageError("--hdr requires a file name or -");
    cli::check_output_file(file);
    if (cli::is_standard_output(file)) file = cli::standard_output;
    if (file == cli::standard_output)
        for (const char* other : {"json", "mark-window", "live"})
            if (values.count(other) != 0)
                throw UsageError(
                    fmt::format("--hdr - cannot be combined with --{}, because both print to standard output", other));
    return file;
}

std::chrono::nanoseconds live_of(const po::variables_map& values, const Workload& workload) {
    if (values.count("live") == 0) return std::chrono::nanoseconds(0);
    if (workload.threads > 1)
        throw UsageError(
            "--live cannot be combined with --threads: the counts of several threads are only added up at the end");
    const std::chrono::nanoseconds interval = values["live"].as<cli::Duration>().time;
    if (interval < std::chrono::milliseconds(10)) throw UsageError("--live must be at least 10ms");
    return interval;
}

bool holds_window(const po::variables_map& values) {
    if (values.count("hold-window") == 0) return false;
    if (values.count("mark-window") == 0) throw UsageError("--hold-window requires --mark-window");
    return true;
}

// The plan has the endpoints, the warm-up and the durations.
bool conducts(const po::variables_map& values) {
    if (values.count("conduct") == 0) return false;
    for (const char* other :
         {"address", "port", "unix", "warmup", "duration", "json", "hdr", "mark-window", "hold-window", "live"})
        cli::refuse_both(values, "conduct", other);
    return true;
}

}  // namespace

std::optional<Options> parse_options(int argc, const char* const* argv) {
    const po::variables_map values = cli::parse_options(argc, argv, described_options(), {});
    if (cli::answers_about_itself(values, "iomux-load", help_text)) return std::nullopt;
    Workload workload = workload_of(values);
    const bool conduct = conducts(values);
    // A program that takes the marks has started the server itself.
    workload.names_options = !conduct && values.count("mark-window") == 0;
    std::string hdr_file = hdr_file_of(values, workload);
    const std::chrono::nanoseconds live = live_of(values, workload);
    return Options{.workload = std::move(workload),
                   .json = values.count("json") != 0,
                   .hdr_file = std::move(hdr_file),
                   .mark_window = values.count("mark-window") != 0,
                   .hold_window = holds_window(values),
                   .live = live,
                   .conduct = conduct};
}

}  // namespace iomux::load
