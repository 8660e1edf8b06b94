#include "server/options.hpp"

#include <fmt/format.h>

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
using cli::UsageError;

po::options_description described_options() {
    const Settings defaults;
    po::options_description where("Where it listens");
    cli::add_endpoint_options(where);
    auto add = where.add_options();
    add("backlog", po::value<cli::Count>()->default_value({4096}),
        "connections that may wait to be accepted (the kernel caps it at net.core.somaxconn)");

    po::options_description what("What it serves");
    cli::add_dialect_options(what, defaults.dialect.service);

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
    if (mechanism.promise == Promise::bare_echo && !cli::given(values, "service") && !cli::given(values, "suffix"))
        dialect.service = protocol::Service::echo;
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

    if (cli::answers_about_itself(values, program.name, [&] { return help_text(program); })) return std::nullopt;
    if (values.count("json") != 0 && values.count("list") == 0) throw UsageError("--json goes with --list");
    if (values.count("list") != 0) {
        fmt::print("{}",
                   values.count("json") != 0 ? list_as_json(program.mechanisms) : list_as_text(program.mechanisms));
        return std::nullopt;
    }

    ServerOptions chosen_options;
    chosen_options.mechanism = &chosen(program, values);
    chosen_options.settings.dialect = dialect_for(*chosen_options.mechanism, values);
    chosen_options.settings.limits = limits_of(values);
    chosen_options.settings.log_level = cli::named(values, "log-level", &log_level_named);
    if (const auto why = contradiction(*chosen_options.mechanism, chosen_options.settings)) throw UsageError(*why);
    chosen_options.backlog = static_cast<int>(values["backlog"].as<cli::Count>().value);
    if (values.count("stats") != 0) chosen_options.stats_file = values["stats"].as<std::string>();
    chosen_options.endpoint = cli::endpoint_of(values);
    return chosen_options;
}

}  // namespace iomux::server
