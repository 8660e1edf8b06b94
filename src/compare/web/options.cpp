#include "compare/web/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <sstream>
#include <stdexcept>

#include "cli/printable.hpp"
#include "cli/program.hpp"
#include "cli/service_options.hpp"
#include "cli/values.hpp"
#include "compare/web/store.hpp"

namespace iomux::compare::web {
namespace {

namespace po = boost::program_options;

constexpr std::uint16_t usual_port = 8090;

po::options_description described_options() {
    po::options_description options("Options");
    auto add = options.add_options();
    add("address", po::value<std::string>()->default_value("127.0.0.1"),
        "address to listen on; 0.0.0.0 or :: for all of this machine; every client that can reach it sees the results, "
        "and with the token it can start runs");
    add("port", po::value<cli::Port>()->default_value({usual_port}), "port to listen on; 0: any free port");
    cli::add_bind_retry_option(options);
    add("allow-host", po::value<std::vector<std::string>>()->value_name("NAME[:PORT]"),
        "also accept requests for this host name and port, as in the browser's address; without a port: port 80; can "
        "be repeated; default: only the addresses that the service prints and this machine's name");
    add("results", po::value<std::string>()->value_name("DIR"),
        "folder for runs and results; default: $XDG_STATE_HOME/iomux, or ~/.local/state/iomux");
    add("server", po::value<std::vector<std::string>>()->value_name("NAME=COMMAND"),
        "also offer your own server, as in iomux-compare --server; can be repeated");
    add("start-timeout", po::value<cli::Duration>()->value_name("TIME"),
        "how long a server of --server may take until it listens; default: 5s");
    cli::add_information_options(options);
    return options;
}

std::string help_text() {
    std::ostringstream text;
    text << "Usage: " << program_name << " [OPTION]...\n"
         << R"(
Serves a web page that runs comparisons, shows them live and stores their results. Open the link that it
prints. The link contains the token that is needed to start and stop runs. Only one run is active at a
time; others are queued. Runs continue when the page is closed. /api/openapi.json describes the HTTP interface.

)" << described_options()
         << R"(
Slow clients do not delay others. At most 256 connections are open, at most 128 of them WebSockets that follow runs.
If a new client connects beyond that, the connection that has kept the service waiting longest is closed.
Results of more than 64 MiB are not read. They do not delay others, because another thread reads results.

Exit status: 0 stopped by a signal, 1 cannot listen or store results, 2 usage error

Try:  ./iomux serve
      ./iomux serve --port 0 --results results            # a second service with its own runs
      ./iomux serve --server 'mine=./iomux run iomux-raw poll --service echo --port {port}'
      ./iomux serve --address 0.0.0.0                     # for other machines, by address or by this machine's name
      ./iomux serve --address 0.0.0.0 --allow-host laboratory:8090    # also by another name
      curl http://127.0.0.1:8090/api/runs                 # the runs as JSON
)";
    return text.str();
}

bool may_be_in_a_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
}

bool is_port(std::string_view text) try {
    cli::parse_whole(text, 1, 65'535);
    return true;
} catch (const std::invalid_argument&) {
    return false;
}

// A host as in the address of a web page: `laboratory:8090`, `laboratory` or `[::1]:8090`.
bool is_host(std::string_view text) {
    // An IPv6 address has colons inside its brackets.
    if (const std::size_t colon = text.rfind(':'); colon != text.npos && text.find(']', colon) == text.npos) {
        if (!is_port(text.substr(colon + 1))) return false;
        text = text.substr(0, colon);
    }
    const bool has_brackets = text.starts_with('[') && text.ends_with(']');
    if (has_brackets) text = text.substr(1, text.size() - 2);
    return !text.empty() &&
           std::ranges::all_of(text, [&](char c) { return may_be_in_a_name(c) || (has_brackets && c == ':'); });
}

void check_hosts(const std::vector<std::string>& hosts) {
    for (const std::string& host : hosts)
        if (!is_host(host))
            throw cli::UsageError(fmt::format("--allow-host \"{}\": expected NAME or NAME:PORT, such as laboratory:{}",
                                              cli::excerpt(host), usual_port));
}

ServerSpec parse_offered(const std::string& text) {
    if (text.find('=') == text.npos)
        throw cli::UsageError(fmt::format(
            "--server \"{}\": expected NAME=COMMAND, a server of yours; the servers of this project are always offered",
            cli::excerpt(text)));
    ServerSpec server = parse_brought(text);
    // Commas and spaces are separators in a list of servers.
    if (server.name.starts_with('-') || !std::ranges::all_of(server.name, may_be_in_a_name))
        throw cli::UsageError(
            fmt::format("--server: the name \"{}\" may contain only letters, digits, \".\", \"_\" and \"-\", and must "
                        "not begin with \"-\"",
                        cli::excerpt(server.name)));
    return server;
}

}  // namespace

std::optional<ServeOptions> parse_serve_options(int argc, const char* const* argv) {
    const po::variables_map values = cli::parse_options(argc, argv, described_options(), {});
    if (cli::answers_about_itself(values, program_name, help_text)) return std::nullopt;
    ServeOptions options{.address = values["address"].as<std::string>(),
                         .port = static_cast<std::uint16_t>(values["port"].as<cli::Port>().value),
                         .bind_retry = cli::bind_retry_of(values),
                         .results = values.count("results") != 0
                                        ? std::filesystem::path(values["results"].as<std::string>())
                                        : usual_results_folder()};
    if (options.results.empty()) throw cli::UsageError("--results \"\": expected the name of a folder");
    if (values.count("allow-host") != 0) options.hosts = values["allow-host"].as<std::vector<std::string>>();
    check_hosts(options.hosts);
    if (values.count("server") != 0)
        for (const std::string& text : values["server"].as<std::vector<std::string>>())
            options.brought.push_back(parse_offered(text));
    if (values.count("start-timeout") != 0)
        set_start_timeout(options.brought, values["start-timeout"].as<cli::Duration>().time);
    return options;
}

}  // namespace iomux::compare::web
