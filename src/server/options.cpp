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

constexpr std::size_t most_high_water = 1024 * 1024 * 1024;  // a loop reserves as much for replies
constexpr std::size_t least_stack_size = 16 * 1024;          // PTHREAD_STACK_MIN
constexpr std::size_t most_stack_size = 64 * 1024 * 1024;
constexpr std::size_t most_ring_buffer_size = 1024 * 1024;

// Each is for the mechanisms that name it in the registry.
constexpr std::array options_of_few{"workers",      "queue",        "stack-size",       "poll-interval",
                                    "ring-entries", "ring-buffers", "ring-buffer-size", "ring-plain"};

// None of them is for a listener that was opened by another.
constexpr std::array listening_options{"address", "port", "unix", "backlog"};

po::options_description described_options() {
    const Settings defaults;
    po::options_description where("Where it listens");
    cli::add_endpoint_options(where);
    auto add = where.add_options();
    add("backlog", po::value<cli::Count>()->default_value({4096}),
        "connections that may wait to be accepted (the kernel caps it at net.core.somaxconn)");

    add("udp", "serve datagrams too, on the UDP port of the same number: a datagram is a message (RFC 862, 863)");

    po::options_description what("What it serves");
    cli::add_dialect_options(what, defaults.dialect.service);
    what.add_options()(
        "work", po::value<std::string>()->value_name("busy:TIME|sleep:TIME"),
        "let each message take so long before it is answered, as a handler would that computes or waits");

    po::options_description limits("Limits");
    add = limits.add_options();
    add("max-connections", po::value<cli::Count>(),
        "one more is closed at once; default: as many as there are descriptors (blocking: see --list)");
    add("high-water", po::value<cli::Size>()->default_value({defaults.limits.high_water}),
        "unsent reply bytes from which on a client is not read");
    add("low-water", po::value<cli::Size>()->default_value({defaults.limits.low_water}),
        "unsent reply bytes at which it is read again");
    add("idle-timeout", po::value<cli::Duration>()->default_value({defaults.limits.idle_timeout}),
        "close a client that has had nothing to say for so long; 0: never");
    add("message-timeout", po::value<cli::Duration>()->default_value({defaults.limits.message_timeout}),
        "close a client that has begun a message and not ended it in this time; 0: it is idle whenever nothing comes");
    add("write-timeout", po::value<cli::Duration>()->default_value({defaults.limits.write_timeout}),
        "close a client that has taken none of its replies for so long, or a quarter longer; 0: it is idle then");
    add("drain-timeout", po::value<cli::Duration>()->default_value({defaults.limits.drain_timeout}),
        "from SIGTERM or SIGINT to the end; a second signal ends at once");

    po::options_description threads("Threads");
    add = threads.add_options();
    add("threads", po::value<ThreadCount>()->value_name("N"),
        "loops side by side; default: as many as the mechanism has by itself, mostly 1");
    add("accept", po::value<std::string>()->default_value("reuseport"),
        "how their clients are shared out. reuseport: a listener each, the kernel spreads by hash; shared: one "
        "listener");
    add("contexts", po::value<std::string>()->default_value("per-thread"),
        "of Asio: an io_context per-thread, or one shared by all threads, with strands");
    add("workers", po::value<ThreadCount>()->default_value({defaults.threading.workers}),
        "of pool: threads, and so the clients that are served at once");
    add("queue", po::value<Count>()->default_value({defaults.threading.queue}),
        "of pool: clients that may wait for a worker; one more is closed at once");
    add("stack-size", po::value<cli::Size>()->default_value({defaults.threading.stack_size}),
        "of blocking and pool: the stack reserved for a thread");

    po::options_description special("Of one mechanism");
    add = special.add_options();
    add("poll-interval", po::value<cli::Duration>()->default_value({defaults.poll_interval}),
        "of nonblocking: the rest when nobody had anything to say; 0 spins");
    add("ring-entries", po::value<RingSize>()->default_value({defaults.ring.entries}),
        "of io_uring: places in the submission queue");
    add("ring-buffers", po::value<RingSize>()->default_value({defaults.ring.buffers}),
        "of io_uring: buffers that the kernel receives into; a power of two");
    add("ring-buffer-size", po::value<cli::Size>()->default_value({defaults.ring.buffer_size}),
        "of io_uring: the size of each; with chunk framing the longest message too");
    add("ring-plain", "of io_uring: without SINGLE_ISSUER and DEFER_TASKRUN, as before Linux 6.1");

    po::options_description reports("What it says");
    add = reports.add_options();
    add("log-level", po::value<std::string>()->default_value("info"),
        "error, warning, info or debug (who comes, what is received, who goes), on standard error");
    add("stats", po::value<std::string>()->value_name("FILE"), "write JSON counters at exit");
    add("config", po::value<std::string>()->value_name("FILE"), "read options as lines of name = value");
    add("list", "every mechanism, its family, what it needs, whether it runs here");
    add("json", "with --list: as JSON");
    add("help", "this text");
    add("version", "the version");

    po::options_description all;
    all.add(where).add(what).add(limits).add(threads).add(special).add(reports);
    return all;
}

std::string help_text(const ServerProgram& program) {
    std::ostringstream text;
    text << "Usage: " << program.name << " " << program.chooses << " [OPTION]...\n\n" << program.about << "\n\n";
    for (const Mechanism& mechanism : program.mechanisms)
        text << fmt::format("  {:<14} {}\n", mechanism.name, mechanism.summary);
    text << described_options() << "\n"
         << "A listening socket that a service manager hands over (LISTEN_FDS, sd_listen_fds(3)) is served instead.\n\n"
         << "Exit: 0 stopped by a signal and drained, 1 cannot start or go on, 2 usage.\n\n"
         << "Try:  " << program.name << " " << program.mechanisms.back().name << " --framing line\n"
         << "      printf 'hi\\n' | nc -N 127.0.0.1 8080        # answers hi_suffix\n";
    return text.str();
}

std::string names_of(std::span<const Mechanism> mechanisms) {
    std::vector<std::string_view> names;
    for (const Mechanism& mechanism : mechanisms) names.push_back(mechanism.name);
    return fmt::format("{}", fmt::join(names, ", "));
}

const Mechanism& chosen(const ServerProgram& program, const po::variables_map& values) {
    const std::string names = names_of(program.mechanisms);
    if (values.count("mechanism") == 0)
        throw UsageError(fmt::format("a {} is missing: one of {}", program.chooses, names));
    const std::string& name = values["mechanism"].as<std::string>();
    if (const Mechanism* mechanism = find(program.mechanisms, name)) return *mechanism;
    throw UsageError(fmt::format("there is no {} '{}': one of {}", program.chooses, name, names));
}

// A server that can only echo does so unless it was told something else, which it then refuses.
protocol::Dialect dialect_for(const Mechanism& mechanism, const po::variables_map& values) {
    protocol::Dialect dialect = cli::dialect_of(values);
    if (mechanism.guarantees == Guarantees::bare_echo && !cli::given(values, "service") &&
        !cli::given(values, "suffix"))
        dialect.service = protocol::Service::echo;
    return dialect;
}

SimulatedWork handling_of(const std::string& text) {
    if (const std::optional<SimulatedWork> handling = parse_simulated_work(text)) return *handling;
    throw UsageError(
        fmt::format("--work is busy:TIME or sleep:TIME, such as busy:50us, of 10 s at most; not '{}'", text));
}

Limits limits_of(const po::variables_map& values) {
    Limits limits;
    limits.high_water = values["high-water"].as<cli::Size>().bytes;
    limits.low_water = values["low-water"].as<cli::Size>().bytes;
    if (limits.high_water == 0 || limits.low_water >= limits.high_water)
        throw UsageError("--low-water must be below --high-water");
    if (limits.high_water > most_high_water)
        throw UsageError(fmt::format("--high-water is at most {} bytes", most_high_water));
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
    threading.workers = values["workers"].as<ThreadCount>().value;
    threading.queue = values["queue"].as<Count>().value;
    threading.stack_size = values["stack-size"].as<cli::Size>().bytes;
    if (threading.stack_size < least_stack_size || threading.stack_size > most_stack_size)
        throw UsageError(fmt::format("--stack-size is {} to {} bytes", least_stack_size, most_stack_size));
    return threading;
}

Ring ring_of(const po::variables_map& values) {
    Ring ring;
    ring.entries = static_cast<unsigned>(values["ring-entries"].as<RingSize>().value);
    ring.buffers = static_cast<unsigned>(values["ring-buffers"].as<RingSize>().value);
    ring.buffer_size = values["ring-buffer-size"].as<cli::Size>().bytes;
    ring.plain = values.count("ring-plain") != 0;
    if (!std::has_single_bit(ring.buffers)) throw UsageError("--ring-buffers is a power of two");
    if (ring.buffer_size < 1 || ring.buffer_size > most_ring_buffer_size)
        throw UsageError(fmt::format("--ring-buffer-size is 1 to {} bytes", most_ring_buffer_size));
    return ring;
}

Settings settings_of(const Mechanism& mechanism, const po::variables_map& values) {
    for (const char* option : options_of_few)
        if (cli::given(values, option) && std::ranges::find(mechanism.options, option) == mechanism.options.end())
            throw UsageError(fmt::format("--{} is not for {}", option, mechanism.name));
    Settings settings;
    settings.dialect = dialect_for(mechanism, values);
    if (values.count("work") != 0) settings.work = handling_of(values["work"].as<std::string>());
    settings.limits = limits_of(values);
    settings.limits.max_connections = max_connections_of(mechanism, values);
    settings.datagrams = values.count("udp") != 0;
    if (settings.datagrams && values.count("unix") != 0) throw UsageError("--udp and --unix contradict each other");
    if (values.count("threads") != 0) settings.threads = values["threads"].as<ThreadCount>().value;
    if (cli::given(values, "accept") && mechanism.accepting)
        throw UsageError(fmt::format("--accept is not for {}: how it accepts is what it is about", mechanism.name));
    settings.accepting = cli::named(values, "accept", &accepting_named, accepting_names);
    if (cli::given(values, "contexts") && mechanism.make_together == nullptr)
        throw UsageError(fmt::format("--contexts is not for {}", mechanism.name));
    settings.contexts = cli::named(values, "contexts", &contexts_named, contexts_names);
    settings.threading = threading_of(values);
    settings.ring = ring_of(values);
    settings.poll_interval = values["poll-interval"].as<cli::Duration>().time;
    settings.log_level = cli::named(values, "log-level", &log_level_named, log_level_names);
    if (const auto why = contradiction(mechanism, settings)) throw UsageError(*why);
    return settings;
}

}  // namespace

std::optional<ServerOptions> parse_server_options(const ServerProgram& program, int argc, const char* const* argv) {
    po::options_description options = described_options();
    options.add_options()("mechanism", po::value<std::string>());
    po::positional_options_description positional;
    positional.add("mechanism", 1);
    const po::variables_map values = cli::parse_options(argc, argv, options, positional);

    if (cli::answers_about_itself(values, program.name, [&] { return help_text(program); })) return std::nullopt;
    if (values.count("json") != 0 && values.count("list") == 0) throw UsageError("--json goes with --list");
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
