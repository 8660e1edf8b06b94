#include "server/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <boost/program_options.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "cli/nearest.hpp"
#include "cli/program.hpp"
#include "cli/service_options.hpp"
#include "cli/values.hpp"

namespace iomux::server {
namespace {

namespace po = boost::program_options;
using cli::Count;
using cli::UsageError;
using ThreadCount = cli::Whole<1, 1024>;
using RingSize = cli::Whole<1, 32768>;

constexpr std::size_t most_high_water = 1024 * 1024 * 1024;  // a loop reserves as many bytes for replies
constexpr std::size_t least_stack_size = 16 * 1024;          // PTHREAD_STACK_MIN
constexpr std::size_t most_stack_size = 64 * 1024 * 1024;
constexpr std::size_t most_ring_buffer_size = 1024 * 1024;

// Options of a few mechanisms, which name them in the registry. A program whose mechanisms name none of them has none.
constexpr std::array options_of_few{"workers",      "queue",        "stack-size",       "poll-interval",
                                    "ring-entries", "ring-buffers", "ring-buffer-size", "ring-plain"};

// They do not apply to a listener that was handed over.
constexpr std::array listening_options{"address", "port", "unix", "backlog"};

bool has_option(const Mechanism& mechanism, std::string_view option) {
    return std::ranges::find(mechanism.options, option) != mechanism.options.end();
}

bool has_option(const ServerProgram& program, std::string_view option) {
    return std::ranges::any_of(program.mechanisms,
                               [option](const Mechanism& mechanism) { return has_option(mechanism, option); });
}

bool shares_contexts(const Mechanism& mechanism) { return mechanism.make_together != nullptr; }

po::options_description listening_description() {
    po::options_description where("Where it listens");
    cli::add_endpoint_options(where, cli::Role::server);
    auto add = where.add_options();
    add("backlog", po::value<cli::Count>()->default_value({4096}),
        "connections that may wait to be accepted; the kernel caps it at net.core.somaxconn");
    add("udp",
        "serve datagrams too, on the UDP port of the same number: each is a message (RFC 862, RFC 863). With --threads "
        "each "
        "loop has a UDP socket, and the kernel spreads the clients by hash; with --accept shared the loops share one");
    return where;
}

po::options_description service_description() {
    po::options_description what("What it serves");
    cli::add_protocol_options(what, Settings().protocol.service);
    what.add_options()("work", po::value<std::string>()->value_name("busy:TIME|sleep:TIME"),
                       "time that each message takes before it is answered, as in a handler that computes (busy) or "
                       "waits (sleep); default: none");
    return what;
}

po::options_description limits_description() {
    const Limits usual;
    po::options_description limits("Limits");
    auto add = limits.add_options();
    add("max-connections", po::value<cli::Count>(),
        "connections served at once; one more is closed as soon as it is accepted. Default: as many as there are "
        "descriptors, unless --list names another number");
    add("high-water", po::value<cli::Size>()->default_value({usual.high_water}),
        "stop reading from a client that has this many unsent reply bytes");
    add("low-water", po::value<cli::Size>()->default_value({usual.low_water}),
        "resume reading when at most this many unsent reply bytes are left");
    add("idle-timeout", po::value<cli::Duration>()->default_value({usual.idle_timeout}),
        "close a connection if its client begins no message for this long; 0: never");
    add("message-timeout", po::value<cli::Duration>()->default_value({usual.message_timeout}),
        "close a connection if a message is not complete this long after its first byte; 0: --idle-timeout applies "
        "from the last byte on");
    add("write-timeout", po::value<cli::Duration>()->default_value({usual.write_timeout}),
        "close a connection if its client has taken no reply bytes for this long, or up to a quarter longer. The time "
        "restarts whenever the client acknowledges data, so slow readers are kept. A client that reads nothing gets a "
        "reset instead of the unsent replies. 0: --idle-timeout applies");
    add("drain-timeout", po::value<cli::Duration>()->default_value({usual.drain_timeout}),
        "longest time from SIGTERM or SIGINT until the server exits; a second signal ends it at once");
    return limits;
}

po::options_description threads_description(const ServerProgram& program) {
    const Threading usual;
    po::options_description threads("Threads");
    auto add = threads.add_options();
    add("threads", po::value<ThreadCount>()->value_name("N"),
        "loops side by side; default: 1, unless --list names another number");
    add("accept", po::value<std::string>()->default_value("reuseport"),
        "how the loops share connections. reuseport: a listener each, the kernel spreads connections by hash; shared: "
        "one listener, the loop that wakes first accepts");
    if (std::ranges::any_of(program.mechanisms, shares_contexts))
        add("contexts", po::value<std::string>()->default_value("per-thread"),
            "per-thread: an io_context for each thread; shared: one for all threads, with strands");
    if (has_option(program, "workers"))
        add("workers", po::value<ThreadCount>()->default_value({usual.workers}),
            "pool only: threads, and so the connections that are served at once");
    if (has_option(program, "queue"))
        add("queue", po::value<Count>()->default_value({usual.queue}),
            "pool only: connections that may wait for a worker; one more is closed at once");
    if (has_option(program, "stack-size"))
        add("stack-size", po::value<cli::Size>()->default_value({usual.stack_size}),
            "servers whose threads block: the stack reserved for each thread");
    return threads;
}

po::options_description mechanism_description(const ServerProgram& program) {
    const Settings usual;
    po::options_description special("For one mechanism");
    auto add = special.add_options();
    if (has_option(program, "poll-interval"))
        add("poll-interval", po::value<cli::Duration>()->default_value({usual.poll_interval}),
            "nonblocking only: how long to sleep after an idle pass; 0 busy-waits");
    if (has_option(program, "ring-entries")) {
        add("ring-entries", po::value<RingSize>()->default_value({usual.ring.entries}),
            "io_uring only: entries of the submission queue; the completion queue has four times as many");
        add("ring-buffers", po::value<RingSize>()->default_value({usual.ring.buffers}),
            "io_uring only: buffers that the kernel receives into; a power of two");
        add("ring-buffer-size", po::value<cli::Size>()->default_value({usual.ring.buffer_size}),
            "io_uring only: bytes of each buffer; with chunk framing also the longest message");
        add("ring-plain", "io_uring only: without SINGLE_ISSUER and DEFER_TASKRUN, as on kernels before 6.1");
    }
    return special;
}

po::options_description output_description() {
    po::options_description output("Output");
    auto add = output.add_options();
    add("log-level", po::value<std::string>()->default_value("info"),
        "error, warning, info or debug, on standard error; debug logs each connect, receive and disconnect");
    add("stats", po::value<std::string>()->value_name("FILE"), "write counters as JSON at exit");
    add("config", po::value<std::string>()->value_name("FILE"),
        "read options from a file, as lines of name = value; the command line takes precedence");
    add("list", "list the servers: family, needs, defaults, and whether each runs on this machine");
    add("json", "with --list: as JSON");
    cli::add_information_options(output);
    return output;
}

po::options_description described_options(const ServerProgram& program) {
    po::options_description all;
    all.add(listening_description()).add(service_description()).add(limits_description());
    all.add(threads_description(program));
    if (const po::options_description special = mechanism_description(program); !special.options().empty())
        all.add(special);
    all.add(output_description());
    return all;
}

std::string help_text(const ServerProgram& program) {
    std::ostringstream text;
    text << "Usage: " << program.name << " " << program.chooses << " [OPTION]...\n\n" << program.about << "\n\n";
    for (const Mechanism& mechanism : program.mechanisms)
        text << fmt::format("  {:<15} {}\n", mechanism.name, mechanism.summary);
    text
        << described_options(program) << "\n"
        << "If a service manager hands over a listening socket (LISTEN_FDS, sd_listen_fds(3)), the server uses it and\n"
        << "opens none: --address, --port, --unix, --backlog and --accept reuseport are then refused. On SIGTERM it\n"
        << "leaves the backlog to the next process, and serves each accepted connection until its first message has "
           "been\n"
        << "answered.\n\n"
        << "Exit status: 0 stopped by a signal and drained, 1 cannot start, or failed later, 2 usage error.\n\n"
        << "Try:  ./iomux run " << program.name << " " << program.mechanisms.back().name << " --framing line\n"
        << "      ./iomux run iomux-client --framing line --count 1        # in another terminal: prints the reply\n";
    return text.str();
}

std::string names_of(std::span<const Mechanism> mechanisms) {
    std::vector<std::string_view> names;
    for (const Mechanism& mechanism : mechanisms) names.push_back(mechanism.name);
    return fmt::format("{}", fmt::join(names, ", "));
}

const Mechanism& chosen(const ServerProgram& program, const po::variables_map& values) {
    if (values.count(cli::arguments) == 0)
        throw UsageError(fmt::format("{} missing: one of {}", program.chooses, names_of(program.mechanisms)));
    const std::string& name = values[cli::arguments].as<std::string>();
    if (const Mechanism* mechanism = find(program.mechanisms, name)) return *mechanism;
    if (std::ranges::find(program.other.servers, name) != program.other.servers.end())
        throw UsageError(fmt::format("{} is a server of {}, not of {}", name, program.other.name, program.name));
    std::vector<std::string_view> known;
    for (const Mechanism& mechanism : program.mechanisms) known.push_back(mechanism.name);
    throw UsageError(fmt::format("unknown {} '{}': {}", program.chooses, name, cli::not_one_of(name, known)));
}

// A bare-echo server echoes by default. Any other service is refused later.
protocol::ProtocolConfig protocol_for(const Mechanism& mechanism, const po::variables_map& values) {
    protocol::ProtocolConfig protocol = cli::protocol_of(values);
    if (mechanism.guarantees == Guarantees::bare_echo && !cli::given(values, "service") &&
        !cli::given(values, "suffix"))
        protocol.service = protocol::Service::echo;
    return protocol;
}

SimulatedWork work_of(const po::variables_map& values) {
    if (const auto work = parse_simulated_work(cli::text_of(values, "work"))) return *work;
    cli::refuse_simulated_work(values);
}

// An option and its size, for errors: `--high-water 64K`, or `--high-water (1M by default)`.
std::string size_text(const po::variables_map& values, const char* option) {
    std::ostringstream size;
    size << values[option].as<cli::Size>();
    const std::string name = cli::written_as(values, option);
    return cli::given(values, option) ? fmt::format("{} {}", name, size.str())
                                      : fmt::format("{} ({} by default)", name, size.str());
}

Limits limits_of(const po::variables_map& values) {
    Limits limits;
    limits.high_water = values["high-water"].as<cli::Size>().bytes;
    limits.low_water = values["low-water"].as<cli::Size>().bytes;
    if (limits.high_water == 0 || limits.low_water >= limits.high_water)
        throw UsageError(
            fmt::format("{} must be below {}", size_text(values, "low-water"), size_text(values, "high-water")));
    if (limits.high_water > most_high_water)
        throw UsageError(fmt::format("--high-water must be at most {} bytes", most_high_water));
    const auto time = [&](const char* option) {
        return std::chrono::ceil<std::chrono::milliseconds>(values[option].as<cli::Duration>().time);
    };
    limits.idle_timeout = time("idle-timeout");
    limits.message_timeout = time("message-timeout");
    limits.write_timeout = time("write-timeout");
    limits.drain_timeout = time("drain-timeout");
    return limits;
}

std::size_t max_connections_of(const Mechanism& mechanism, const po::variables_map& values) {
    if (values.count("max-connections") != 0) return values["max-connections"].as<Count>().value;
    if (mechanism.usual_max_connections != 0) return mechanism.usual_max_connections;
    return Limits().max_connections;
}

constexpr std::array<std::string_view, 2> accepting_names{"reuseport", "shared"};

std::optional<Accepting> accepting_named(std::string_view name) {
    if (name == "reuseport") return Accepting::reuseport;
    if (name == "shared") return Accepting::shared;
    return std::nullopt;
}

constexpr std::array<std::string_view, 2> contexts_names{"per-thread", "shared"};

std::optional<Contexts> contexts_named(std::string_view name) {
    if (name == "per-thread") return Contexts::per_thread;
    if (name == "shared") return Contexts::shared;
    return std::nullopt;
}

std::optional<std::string> listening_option_of(const po::variables_map& values) {
    for (const char* option : listening_options)
        if (cli::given(values, option)) return fmt::format("--{}", option);
    if (cli::given(values, "accept") && accepting_named(values["accept"].as<std::string>()) == Accepting::reuseport)
        return "--accept reuseport";
    return std::nullopt;
}

Threading threading_of(const po::variables_map& values) {
    Threading threading;
    if (values.count("workers") != 0) threading.workers = values["workers"].as<ThreadCount>().value;
    if (values.count("queue") != 0) threading.queue = values["queue"].as<Count>().value;
    if (values.count("stack-size") != 0) threading.stack_size = values["stack-size"].as<cli::Size>().bytes;
    if (threading.stack_size < least_stack_size || threading.stack_size > most_stack_size)
        throw UsageError(fmt::format("--stack-size must be from {} to {} bytes", least_stack_size, most_stack_size));
    return threading;
}

Ring ring_of(const po::variables_map& values) {
    Ring ring;
    if (values.count("ring-entries") == 0) return ring;  // the program has no such mechanism
    ring.entries = static_cast<unsigned>(values["ring-entries"].as<RingSize>().value);
    ring.buffers = static_cast<unsigned>(values["ring-buffers"].as<RingSize>().value);
    ring.buffer_size = values["ring-buffer-size"].as<cli::Size>().bytes;
    ring.plain = values.count("ring-plain") != 0;
    if (!std::has_single_bit(ring.buffers)) throw UsageError("--ring-buffers must be a power of two");
    if (ring.buffer_size < 1 || ring.buffer_size > most_ring_buffer_size)
        throw UsageError(fmt::format("--ring-buffer-size must be from 1 to {} bytes", most_ring_buffer_size));
    return ring;
}

Settings settings_of(const Mechanism& mechanism, const po::variables_map& values) {
    for (const char* option : options_of_few)
        if (cli::given(values, option) && !has_option(mechanism, option))
            throw UsageError(fmt::format("--{} does not apply to {}", option, mechanism.name));
    Settings settings;
    settings.protocol = protocol_for(mechanism, values);
    if (values.count("work") != 0) settings.work = work_of(values);
    settings.limits = limits_of(values);
    settings.limits.max_connections = max_connections_of(mechanism, values);
    settings.datagrams = values.count("udp") != 0;
    if (settings.datagrams && values.count("unix") != 0) throw UsageError("--udp and --unix cannot be combined");
    if (values.count("threads") != 0) settings.threads = values["threads"].as<ThreadCount>().value;
    if (cli::given(values, "accept") && mechanism.accepting)
        throw UsageError(fmt::format("--accept does not apply to {}: its accept method is fixed", mechanism.name));
    settings.accepting = cli::named(values, "accept", &accepting_named, accepting_names);
    if (cli::given(values, "contexts") && !shares_contexts(mechanism))
        throw UsageError(fmt::format("--contexts does not apply to {}", mechanism.name));
    if (values.count("contexts") != 0)
        settings.contexts = cli::named(values, "contexts", &contexts_named, contexts_names);
    settings.threading = threading_of(values);
    settings.ring = ring_of(values);
    if (values.count("poll-interval") != 0) settings.poll_interval = values["poll-interval"].as<cli::Duration>().time;
    settings.log_level = cli::named(values, "log-level", &log_level_named, log_level_names);
    if (const auto why = contradiction(mechanism, settings)) throw UsageError(*why);
    return settings;
}

}  // namespace

std::optional<ServerOptions> parse_server_options(const ServerProgram& program, int argc, const char* const* argv) {
    po::options_description options = described_options(program);
    options.add_options()(cli::arguments, po::value<std::string>());
    po::positional_options_description positional;
    positional.add(cli::arguments, 1);
    const po::variables_map values = cli::parse_options(argc, argv, options, positional);

    if (cli::answers_about_itself(values, program.name, [&] { return help_text(program); })) return std::nullopt;
    if (values.count("json") != 0 && values.count("list") == 0) throw UsageError("--json requires --list");
    if (values.count("list") != 0) {
        fmt::print("{}",
                   values.count("json") != 0 ? list_as_json(program.mechanisms) : list_as_text(program.mechanisms));
        return std::nullopt;
    }

    ServerOptions chosen_options;
    chosen_options.mechanism = &chosen(program, values);
    chosen_options.settings = settings_of(*chosen_options.mechanism, values);
    chosen_options.backlog = static_cast<int>(values["backlog"].as<cli::Count>().value);
    if (values.count("stats") != 0) chosen_options.stats_file = values["stats"].as<std::string>();
    chosen_options.endpoint = cli::endpoint_of(values);
    chosen_options.listening_option = listening_option_of(values);
    return chosen_options;
}

}  // namespace iomux::server
