#include "server/options.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <array>
#include <boost/program_options.hpp>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "cli/error_text.hpp"
#include "cli/nearest.hpp"
#include "cli/output.hpp"
#include "cli/output_file.hpp"
#include "cli/printable.hpp"
#include "cli/program.hpp"
#include "cli/service_options.hpp"
#include "cli/values.hpp"

namespace iomux::server {
namespace {

namespace po = boost::program_options;
using cli::Count;
using cli::UsageError;
using ThreadCount = cli::Whole<1, 1024>;

constexpr std::size_t most_high_water = 1024 * 1024 * 1024;  // a loop reserves as many bytes for replies

// They do not apply to a server that guarantees no more than an echo.
constexpr std::array<std::string_view, 10> options_of_guarded{
    "suffix",       "max-message",     "work",          "max-connections", "high-water", "low-water",
    "idle-timeout", "message-timeout", "write-timeout", "drain-timeout"};

// They do not apply to a listener that was handed over.
constexpr std::array listening_options{"address", "port", "unix", "backlog", "bind-retry"};

// The options that mechanisms of the program have registered, each once.
std::vector<const OwnOption*> own_options_of(const ServerProgram& program) {
    std::vector<const OwnOption*> all;
    for (const Mechanism& mechanism : program.mechanisms)
        for (const OwnOption& option : mechanism.options)
            if (std::ranges::find(all, std::string_view(option.name), &OwnOption::name) == all.end())
                all.push_back(&option);
    return all;
}

po::options_description listening_description() {
    po::options_description where("Where it listens");
    cli::add_endpoint_options(where, cli::Role::server);
    cli::add_bind_retry_option(where);
    auto add = where.add_options();
    add("backlog", po::value<cli::Count>()->default_value({4096}),
        "connections that may wait to be accepted; the kernel caps it at net.core.somaxconn");
    add("udp",
        "serve datagrams too, on the UDP port of the same number: each is a message (RFC 862, RFC 863). With --threads "
        "each loop has a UDP socket, and the kernel spreads the clients by hash; with --accept shared the loops share "
        "one socket");
    return where;
}

// The end of the help of `--service`.
std::string service_remark(const ServerProgram& program) {
    std::string text;
    for (const Mechanism& mechanism : program.mechanisms)
        if (mechanism.guarantees == Guarantees::bare_echo)
            text += fmt::format("; {} only supports echo, which is its default, with --framing chunk", mechanism.name);
    return text;
}

po::options_description service_description(const ServerProgram& program) {
    po::options_description what("What it serves");
    cli::add_protocol_options(what, Settings().protocol.service, service_remark(program));
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
        "close a connection if a message is not complete this long after its first byte; 0: an incomplete message "
        "falls under --idle-timeout, counted from the last byte received");
    add("write-timeout", po::value<cli::Duration>()->default_value({usual.write_timeout}),
        "close a connection if its client has taken no reply bytes for this long, or up to a quarter longer. "
        "The time restarts whenever the client acknowledges data, so slow readers are kept. A client that reads "
        "nothing gets a reset instead of the unsent replies. 0: --idle-timeout applies");
    add("drain-timeout", po::value<cli::Duration>()->default_value({usual.drain_timeout}),
        "longest time from SIGTERM or SIGINT until the server exits; a second signal ends it at once");
    return limits;
}

po::options_description threads_description(const ServerProgram& program) {
    const bool has_contexts = std::ranges::any_of(
        program.mechanisms, [](const Mechanism& one) { return find_option(one, "contexts") != nullptr; });
    po::options_description threads("Threads");
    auto add = threads.add_options();
    add("threads", po::value<ThreadCount>()->value_name("N"),
        fmt::format("number of threads, each with its own loop{}; default: 1, unless --list names another number",
                    has_contexts ? " (see --contexts)" : "")
            .c_str());
    add("accept", po::value<std::string>()->default_value("reuseport"),
        "how the loops share connections. reuseport: a listener each, the kernel spreads connections by hash; shared: "
        "one listener, the loop that wakes first accepts");
    return threads;
}

po::options_description own_description(const ServerProgram& program) {
    po::options_description own("For some servers only");
    auto add = own.add_options();
    for (const OwnOption* option : own_options_of(program)) {
        if (option->usual.empty())
            add(option->name, option->help);
        else
            add(option->name, po::value<std::string>()->default_value(option->usual), option->help);
    }
    return own;
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
    add("check", "check the options, and exit without listening");
    cli::add_information_options(output);
    return output;
}

po::options_description described_options(const ServerProgram& program) {
    po::options_description all;
    all.add(listening_description()).add(service_description(program)).add(limits_description());
    all.add(threads_description(program)).add(own_description(program));
    all.add(output_description());
    return all;
}

std::string help_text(const ServerProgram& program) {
    std::ostringstream text;
    text << "Usage: " << program.name << " SERVER [OPTION]...\n\n" << program.about << "\n\n";
    for (const Mechanism& mechanism : program.mechanisms)
        text << fmt::format("  {:<15} {}\n", mechanism.name, mechanism.summary);
    text
        << described_options(program) << "\n"
        << "If a service manager hands over a listening socket (LISTEN_FDS, sd_listen_fds(3)), the server uses it and\n"
        << "opens none: --address, --port, --unix, --bind-retry, --backlog and --accept reuseport are then refused. "
           "On\n"
        << "SIGTERM it leaves the backlog to the next process, and serves each accepted connection until its first\n"
        << "message has been answered.\n\n"
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
    if (values.count(cli::arguments) == 0) throw UsageError("SERVER missing: one of " + names_of(program.mechanisms));
    const std::string& name = values[cli::arguments].as<std::string>();
    if (const Mechanism* mechanism = find(program.mechanisms, name)) return *mechanism;
    if (std::ranges::find(program.other.servers, name) != program.other.servers.end())
        throw UsageError(fmt::format("{} is a server of {}, not of {}", name, program.other.name, program.name));
    std::vector<std::string_view> known;
    for (const Mechanism& mechanism : program.mechanisms) known.push_back(mechanism.name);
    throw UsageError(cli::not_known("server", name, known));
}

// A bare-echo server echoes by default. Any other service is refused later.
protocol::ProtocolConfig protocol_for(const Mechanism& mechanism, const po::variables_map& values) {
    protocol::ProtocolConfig protocol = cli::protocol_of(values);
    if (mechanism.guarantees == Guarantees::bare_echo && !cli::given(values, "service"))
        protocol.service = protocol::Service::echo;
    return protocol;
}

SimulatedWork work_of(const po::variables_map& values) {
    if (const auto work = parse_simulated_work(cli::text_of(values, "work"))) return *work;
    cli::refuse_simulated_work(values);
}

// An option and its size, for errors: `--high-water 64K`, or `--high-water (1M by default)`.
std::string size_text(const po::variables_map& values, const char* option) {
    const auto size = fmt::streamed(values[option].as<cli::Size>());
    const std::string name = cli::written_as(values, option);
    return cli::given(values, option) ? fmt::format("{} {}", name, size)
                                      : fmt::format("{} ({} by default)", name, size);
}

Limits limits_of(const po::variables_map& values) {
    Limits limits;
    limits.high_water = values["high-water"].as<cli::Size>().bytes;
    limits.low_water = values["low-water"].as<cli::Size>().bytes;
    if (limits.high_water == 0 || limits.low_water >= limits.high_water)
        throw UsageError(
            fmt::format("{} must be below {}", size_text(values, "low-water"), size_text(values, "high-water")));
    if (limits.high_water > most_high_water)
        throw UsageError(fmt::format("{} must be at most {} bytes", size_text(values, "high-water"), most_high_water));
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

std::optional<std::string> listening_option_of(const po::variables_map& values) {
    for (const char* option : listening_options)
        if (cli::given(values, option)) return cli::written_as(values, option);
    if (cli::given(values, "accept") && accepting_named(values["accept"].as<std::string>()) == Accepting::reuseport)
        return cli::written_as(values, "accept") + " reuseport";
    return std::nullopt;
}

std::string names_of_those_with(std::string_view option, const ServerProgram& program) {
    std::vector<std::string_view> names;
    for (const Mechanism& mechanism : program.mechanisms)
        if (find_option(mechanism, option) != nullptr) names.push_back(mechanism.name);
    return fmt::format("{}", fmt::join(names, ", "));
}

// Returns why the option has no effect on the mechanism, or nothing if it has.
std::optional<std::string> why_without_effect(std::string_view option, const Mechanism& mechanism,
                                              const ServerProgram& program) {
    if (mechanism.guarantees == Guarantees::bare_echo && std::ranges::count(options_of_guarded, option) != 0)
        return "it only echoes what each read returns, without limits or timeouts";
    if (option == "udp" && !mechanism.datagrams) return "it does not serve datagrams";
    if (option == "threads" && mechanism.threads == Threads::one) return "it runs in one thread";
    if (option == "threads" && mechanism.threads == Threads::of_the_clients)
        return "it has threads for its connections";
    if (option == "accept" && mechanism.accepting) return "its accept method is fixed";
    if (option == "accept" && mechanism.threads != Threads::loops) return "it has one listener";
    if (const std::string others = names_of_those_with(option, program);
        !others.empty() && find_option(mechanism, option) == nullptr)
        return "it is an option of " + others;
    return std::nullopt;
}

void refuse_without_effect(const Mechanism& mechanism, const ServerProgram& program, const po::variables_map& values) {
    for (const auto& [option, value] : values)
        if (const auto why = why_without_effect(option, mechanism, program); why && !value.defaulted())
            throw UsageError(
                fmt::format("{} does not apply to {}: {}", cli::written_as(values, option), mechanism.name, *why));
}

OwnOptions own_of(const Mechanism& mechanism, const po::variables_map& values) {
    OwnOptions own;
    for (const OwnOption& option : mechanism.options) {
        if (!cli::given(values, option.name)) continue;
        const std::string text = option.usual.empty() ? "" : cli::text_of(values, option.name);
        try {
            option.set(own, text);
        } catch (const std::invalid_argument& refusal) {
            throw UsageError(
                fmt::format("{} {}: {}", cli::written_as(values, option.name), cli::shown_value(text), refusal.what()));
        }
    }
    return own;
}

Settings settings_of(const Mechanism& mechanism, const po::variables_map& values) {
    Settings settings;
    settings.protocol = protocol_for(mechanism, values);
    if (const auto why = contradiction(mechanism, settings.protocol)) {
        const bool is_of_service = settings.protocol.service != protocol::Service::echo;
        throw UsageError(cli::place_of(values, is_of_service ? "service" : "framing") + *why);
    }
    if (values.count("work") != 0) settings.work = work_of(values);
    settings.limits = limits_of(values);
    settings.limits.max_connections = max_connections_of(mechanism, values);
    settings.datagrams = values.count("udp") != 0;
    cli::refuse_both(values, "udp", "unix");
    if (values.count("threads") != 0) settings.threads = values["threads"].as<ThreadCount>().value;
    settings.accepting = cli::named(values, "accept", &accepting_named, accepting_names);
    if (cli::given(values, "accept") && settings.accepting == Accepting::reuseport && values.count("unix") != 0)
        throw UsageError(fmt::format("{} reuseport and {} cannot be combined: loops share a Unix socket",
                                     cli::written_as(values, "accept"), cli::written_as(values, "unix")));
    settings.bind_retry = cli::bind_retry_of(values);
    settings.log_level = cli::named(values, "log-level", &log_level_named, log_level_names);
    settings.own = own_of(mechanism, values);
    return settings;
}

// The counters would take the place of a file that another option names.
void refuse_stats_in(const po::variables_map& values, const char* other) {
    const std::string& file = cli::text_of(values, "stats");
    if (values.count(other) == 0 || file == cli::standard_output) return;
    if (cli::is_same_output(file, cli::text_of(values, other)))
        throw UsageError(fmt::format("{} and {} name the same file, {}", cli::written_as(values, other),
                                     cli::written_as(values, "stats"), cli::printable(file)));
}

// These ask for an answer instead of a server.
void refuse_questions_in_config(const po::variables_map& values) {
    for (const char* option : {"list", "json", "check"})
        if (const std::string place = cli::place_of(values, option); !place.empty())
            throw UsageError(fmt::format("{}{} cannot be set in a config file", place, option));
}

void check_stats_file(const std::string& file, const std::string& place) try {
    cli::check_output_file(file);
} catch (const std::exception& error) {
    throw std::runtime_error(place + cli::error_text(error));
}

}  // namespace

std::optional<ServerOptions> parse_server_options(const ServerProgram& program, int argc, const char* const* argv) {
    po::options_description options = described_options(program);
    options.add_options()(cli::arguments, po::value<std::string>());
    po::positional_options_description positional;
    positional.add(cli::arguments, 1);
    const po::variables_map values = cli::parse_options(argc, argv, options, positional);

    if (cli::answers_about_itself(values, program.name, [&] { return help_text(program); })) return std::nullopt;
    refuse_questions_in_config(values);
    cli::refuse_without(values, "json", "list");
    if (values.count("list") != 0) {
        cli::print(values.count("json") != 0 ? list_as_json(program.mechanisms) : list_as_text(program.mechanisms));
        return std::nullopt;
    }

    ServerOptions chosen_options;
    chosen_options.mechanism = &chosen(program, values);
    refuse_without_effect(*chosen_options.mechanism, program, values);
    chosen_options.settings = settings_of(*chosen_options.mechanism, values);
    chosen_options.backlog = static_cast<int>(values["backlog"].as<cli::Count>().value);
    if (values.count("stats") != 0) {
        chosen_options.stats_file = values["stats"].as<std::string>();
        refuse_stats_in(values, "config");
        refuse_stats_in(values, "unix");
        check_stats_file(*chosen_options.stats_file, cli::place_of(values, "stats"));
    }
    chosen_options.endpoint = cli::endpoint_of(values);
    chosen_options.listening_option = listening_option_of(values);
    return values.count("check") == 0 ? std::optional(std::move(chosen_options)) : std::nullopt;
}

}  // namespace iomux::server
