#include "server/options.hpp"

#include <fmt/format.h>

#include <boost/program_options.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "cli/program.hpp"
#include "cli/values.hpp"

namespace iomux::server {
namespace {

namespace po = boost::program_options;
using cli::UsageError;

po::options_description described_options() {
    const Settings defaults;
    const protocol::Dialect& dialect = defaults.dialect;
    po::options_description where("Where it listens");
    auto add = where.add_options();
    add("address", po::value<std::string>()->default_value("127.0.0.1"), "IPv4 or IPv6 address, or a name");
    add("port", po::value<cli::Port>()->default_value({8080}), "TCP port; 0 lets the kernel pick one");
    add("unix", po::value<std::string>()->value_name("PATH"), "a Unix socket instead");
    add("backlog", po::value<cli::Count>()->default_value({4096}),
        "connections that may wait to be accepted (the kernel caps it at net.core.somaxconn)");

    po::options_description what("What it serves");
    add = what.add_options();
    add("service", po::value<std::string>()->default_value(std::string(name_of(dialect.service))),
        "suffix: the message and a suffix; echo: the message (RFC 862); discard: nothing (RFC 863)");
    add("suffix", po::value<std::string>()->default_value(dialect.suffix), "what service suffix adds");
    add("framing", po::value<std::string>()->default_value(std::string(name_of(dialect.framing))),
        "what a message is. chunk: what one read returns; line: up to LF; length: 32-bit big-endian length first");
    add("max-message", po::value<cli::Size>()->default_value({dialect.max_message}),
        "a longer message is a protocol error (chunk: it is cut); 65536, 64K, 1M");

    po::options_description limits("Limits");
    add = limits.add_options();
    add("max-connections", po::value<cli::Count>(),
        "one more is closed at once; default: as many as there are descriptors");
    add("high-water", po::value<cli::Size>()->default_value({defaults.limits.high_water}),
        "unsent reply bytes from which on a client is not read");
    add("low-water", po::value<cli::Size>()->default_value({defaults.limits.low_water}),
        "unsent reply bytes at which it is read again");
    add("drain-timeout", po::value<cli::Duration>()->default_value({defaults.limits.drain_timeout}),
        "from SIGTERM or SIGINT to the end; a second signal ends at once");

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
    all.add(where).add(what).add(limits).add(reports);
    return all;
}

std::string help_text(const ServerProgram& program) {
    std::ostringstream text;
    text << "Usage: " << program.name << " " << program.chooses << " [OPTION]...\n\n" << program.about << "\n\n";
    for (const Mechanism& mechanism : program.mechanisms)
        text << fmt::format("  {:<14} {}\n", mechanism.name, mechanism.summary);
    text << described_options() << "\n"
         << "Exit: 0 stopped by a signal and drained, 1 cannot start or go on, 2 usage.\n\n"
         << "Try:  " << program.name << " " << program.mechanisms.back().name << " --framing line\n"
         << "      printf 'hi\\n' | nc -N 127.0.0.1 8080        # answers hi_suffix\n";
    return text.str();
}

template <class Value>
Value named(const po::variables_map& values, const char* option, std::optional<Value> (*find_named)(std::string_view)) {
    const std::string& name = values[option].as<std::string>();
    if (const std::optional<Value> value = find_named(name)) return *value;
    throw UsageError(fmt::format("'{}' is no value for option '--{}'", name, option));
}

bool given(const po::variables_map& values, const char* option) {
    return values.count(option) != 0 && !values[option].defaulted();
}

void refuse_both(const po::variables_map& values, const char* one, const char* other) {
    if (given(values, one) && given(values, other))
        throw UsageError(fmt::format("--{} and --{} contradict each other", one, other));
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

protocol::Dialect dialect_of(const po::variables_map& values, const Mechanism& mechanism) {
    protocol::Dialect dialect;
    dialect.service = named(values, "service", &protocol::service_named);
    dialect.framing = named(values, "framing", &protocol::framing_named);
    dialect.suffix = values["suffix"].as<std::string>();
    dialect.max_message = values["max-message"].as<cli::Size>().bytes;
    if (mechanism.promise == Promise::bare_echo && !given(values, "service")) dialect.service = protocol::Service::echo;
    if (given(values, "suffix") && dialect.service != protocol::Service::suffix)
        throw UsageError(fmt::format("--suffix and --service {} contradict each other", name_of(dialect.service)));
    if (const auto why = dialect.contradiction()) throw UsageError(*why);
    return dialect;
}

Limits limits_of(const po::variables_map& values) {
    Limits limits;
    if (values.count("max-connections") != 0) limits.max_connections = values["max-connections"].as<cli::Count>().value;
    limits.high_water = values["high-water"].as<cli::Size>().bytes;
    limits.low_water = values["low-water"].as<cli::Size>().bytes;
    if (limits.high_water == 0 || limits.low_water >= limits.high_water)
        throw UsageError("--low-water must be below --high-water");
    limits.drain_timeout =
        std::chrono::ceil<std::chrono::milliseconds>(values["drain-timeout"].as<cli::Duration>().time);
    return limits;
}

}  // namespace

std::optional<ServerOptions> parse_server_options(const ServerProgram& program, int argc, const char* const* argv) {
    po::options_description options = described_options();
    options.add_options()("mechanism", po::value<std::string>());
    po::positional_options_description positional;
    positional.add("mechanism", 1);
    const po::variables_map values = cli::parse_options(argc, argv, options, positional);

    if (values.count("help") != 0) {
        fmt::print("{}", help_text(program));
        return std::nullopt;
    }
    if (values.count("version") != 0) {
        fmt::print("{}", cli::version_text(program.name));
        return std::nullopt;
    }
    if (values.count("json") != 0 && values.count("list") == 0) throw UsageError("--json goes with --list");
    if (values.count("list") != 0) {
        fmt::print("{}",
                   values.count("json") != 0 ? list_as_json(program.mechanisms) : list_as_text(program.mechanisms));
        return std::nullopt;
    }

    ServerOptions chosen_options;
    chosen_options.mechanism = &chosen(program, values);
    refuse_both(values, "unix", "address");
    refuse_both(values, "unix", "port");
    chosen_options.settings.dialect = dialect_of(values, *chosen_options.mechanism);
    chosen_options.settings.limits = limits_of(values);
    chosen_options.settings.log_level = named(values, "log-level", &log_level_named);
    if (const auto why = contradiction(*chosen_options.mechanism, chosen_options.settings)) throw UsageError(*why);
    chosen_options.backlog = static_cast<int>(values["backlog"].as<cli::Count>().value);
    if (values.count("stats") != 0) chosen_options.stats_file = values["stats"].as<std::string>();
    chosen_options.endpoint =
        values.count("unix") != 0
            ? posix::Endpoint::unix_path(values["unix"].as<std::string>())
            : posix::Endpoint::internet(values["address"].as<std::string>(),
                                        static_cast<std::uint16_t>(values["port"].as<cli::Port>().value));
    return chosen_options;
}

}  // namespace iomux::server
