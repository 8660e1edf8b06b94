#include "load/command/options.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <limits>
#include <sstream>
#include <utility>

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
    po::options_description server("The server");
    cli::add_endpoint_options(server);
    cli::add_udp_option(server);
    cli::add_dialect_options(server, defaults.dialect.service);

    po::options_description work("The load");
    auto add = work.add_options();
    add("connections", po::value<Connections>()->default_value({defaults.connections}),
        "connections that ask again as soon as they are answered or, with --rate, in turn");
    add("size", po::value<Sizes>()->default_value(defaults.size),
        fmt::format("{}; with --udp 8 to 65507, with the suffix", size_option_help).c_str());
    add("seed", po::value<Seed>()->default_value({defaults.seed}),
        "of what is drawn, --size and exponential --arrivals: the same draws the same");
    add("depth", po::value<Depth>()->default_value({defaults.depth}),
        "messages that a connection has on their way at once; with --rate at most: others wait, and are late");
    add("rate", po::value<Rate>()->value_name("N"),
        "an open loop: so many messages a second, over all connections, are due however long the answers take");
    add("arrivals", po::value<std::string>()->default_value(std::string(name_of(OpenLoop{}.spacing))),
        "with --rate: exponential (spacings as of clients who know nothing of one another), fixed");
    add("threads", po::value<Threads>()->default_value({defaults.threads}),
        "threads that share the connections, and the --rate; give them a core each");
    add("churn",
        "every message has a connection of its own: connects, asks, reads the reply, closes; --connections at once, or "
        "with --rate as many as are due, and at most so many at once");
    add("idle", po::value<IdleConnections>()->default_value({defaults.idle}),
        "connections beside: served once, and then silent");
    add("lost-after", po::value<cli::Duration>()->default_value({defaults.lost_after}),
        "with --udp: a datagram not answered by then is lost, and the next is sent; a later reply is late");
    add("warmup", po::value<cli::Duration>()->default_value({defaults.warmup}),
        "before it is measured; 0.5, 250ms, 2m");
    add("duration", po::value<cli::Duration>()->default_value({defaults.duration}), "for how long it is measured");

    po::options_description reports("What it says");
    add = reports.add_options();
    add("json",
        "the result as a JSON object; bytes_per_second is of both directions together, histogram_ns are pairs of a "
        "latency in ns and how many messages took that long");
    add("hdr", po::value<std::string>()->value_name("FILE"),
        "latencies by percentile, in µs, as HdrHistogram writes them and its plotters read them; - prints them in the "
        "place of the report");
    add("mark-window", "print 'measuring' as the measured time begins, and 'measured' at its end");
    add("live", po::value<cli::Duration>()->value_name("TIME"),
        "so often within the measured time, print 'sample' and, as JSON, what was counted since its beginning");
    add("help", "this text");
    add("version", "the version");

    po::options_description all;
    all.add(server).add(work).add(reports);
    return all;
}

std::string help_text() {
    std::ostringstream text;
    text << "Usage: iomux-load [OPTION]...\n\n"
         << "Loads a server, checks every byte of every reply, and prints rates and latencies. Use a core of its own\n"
            "(taskset), with --threads as many as there are of them.\n"
            "In a closed loop a connection asks again once it is answered, and a latency reaches from asking to the\n"
            "last byte of the reply. With --rate it begins when the message was due, even where it had to wait for a\n"
            "connection: what a server that stalls does to those who wait is seen. What is due within 50 µs is sent\n"
            "together, since a wake-up for each would cost several times as much; sent early, it counts from then.\n"
            "With --churn a latency begins before connecting.\n"
            "A client that is never answered while others are (a pool has no worker left for it) is not waited for:\n"
            "it has starved.\n"
            "With --udp datagrams may get lost: that is no error, and is counted. They have no latency.\n"
            "Drawn sizes come in a random order, and each 4,093 of them have the distribution: what is longer than a\n"
            "message may be is drawn as long as that (exponential), or refused (uniform).\n\n"
         << described_options() << "\n"
         << "Exit: 0 every client was served and every reply was right, 1 there was an error, a client has starved or\n"
            "all datagrams were lost, 2 usage.\n\n"
         << "Try:  taskset -c 0 iomux-raw epoll --service echo &\n"
         << "      taskset -c 1 iomux-load --connections 64 --size 64\n";
    return text.str();
}

// What an exponential distribution has beyond the limits is drawn as the limit.
void fit_messages(Workload& workload) {
    const protocol::Dialect& dialect = workload.dialect;
    workload.size = workload.size.bounded(
        1, dialect.framing == protocol::Framing::chunk ? protocol::Dialect::longest_message : dialect.max_message);
    // Letters: only their number may be too large.
    const std::string message(workload.size.highest(), 'x');
    if (const auto why = unaskable(dialect, protocol::as_bytes(message))) throw UsageError(*why);
}

void fit_datagrams(Workload& workload) {
    constexpr std::size_t shortest = NumberedMessages::shortest;
    workload.size = workload.size.bounded(shortest, posix::longest_datagram - workload.dialect.reply_suffix().size());
    if (workload.size.lowest() < shortest)
        throw UsageError(
            fmt::format("--size is at least {} bytes with --udp: a datagram begins with its number", shortest));
    cli::refuse_beyond_a_datagram(workload.dialect, workload.size.highest());
}

void check_threads(const po::variables_map& values, const Workload& workload) {
    if (workload.threads == 1) return;
    for (const char* other : {"churn", "udp"})
        if (cli::given(values, other))
            throw UsageError(fmt::format("--threads share connections that stay, and with --{} there are none", other));
    if (workload.threads > workload.connections)
        throw UsageError(fmt::format("--threads {} is more than the {} connections: each needs one", workload.threads,
                                     workload.connections));
}

void refuse_needless_seed(const po::variables_map& values, const Workload& workload) {
    const bool draws_times = workload.open_loop && workload.open_loop->spacing == Spacing::exponential;
    if (cli::given(values, "seed") && !workload.size.are_drawn() && !draws_times)
        throw UsageError("--seed is of what is drawn: --size uniform or exponential, or exponential --arrivals");
}

std::optional<OpenLoop> open_loop_of(const po::variables_map& values) {
    cli::refuse_without(values, "arrivals", "rate");
    cli::refuse_both(values, "udp", "rate");
    if (values.count("rate") == 0) return std::nullopt;
    return OpenLoop{.rate = static_cast<double>(values["rate"].as<Rate>().value),
                    .spacing = cli::named(values, "arrivals", find_spacing),
                    .seed = values["seed"].as<Seed>().value};
}

Workload workload_of(const po::variables_map& values) {
    Workload workload;
    workload.endpoint = cli::endpoint_of(values);
    workload.dialect = cli::dialect_of(values);
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
    if (workload.duration <= workload.duration.zero()) throw UsageError("--duration is more than 0");
    if (workload.lost_after <= workload.lost_after.zero()) throw UsageError("--lost-after is more than 0");
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
    if (!workload.answered()) throw UsageError("--hdr is of latencies, and service discard has none");
    std::string file = values["hdr"].as<std::string>();
    if (file.empty()) throw UsageError("--hdr needs a file's name, or -");
    if (file == "-")
        for (const char* other : {"json", "mark-window", "live"})
            if (values.count(other) != 0)
                throw UsageError(fmt::format("--hdr - and --{} contradict each other: both print", other));
    return file;
}

std::chrono::nanoseconds live_of(const po::variables_map& values, const Workload& workload) {
    if (values.count("live") == 0) return std::chrono::nanoseconds(0);
    if (workload.threads > 1)
        throw UsageError("--live is for one thread: several have no sum to tell before their end");
    const std::chrono::nanoseconds interval = values["live"].as<cli::Duration>().time;
    if (interval < std::chrono::milliseconds(10)) throw UsageError("--live is 10ms at least");
    return interval;
}

}  // namespace

std::optional<Options> parse_options(int argc, const char* const* argv) {
    const po::variables_map values = cli::parse_options(argc, argv, described_options(), {});
    if (cli::answers_about_itself(values, "iomux-load", help_text)) return std::nullopt;
    Workload workload = workload_of(values);
    std::string hdr_file = hdr_file_of(values, workload);
    const std::chrono::nanoseconds live = live_of(values, workload);
    return Options{.workload = std::move(workload),
                   .json = values.count("json") != 0,
                   .hdr_file = std::move(hdr_file),
                   .mark_window = values.count("mark-window") != 0,
                   .live = live};
}

}  // namespace iomux::load
