#include "compare/web/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <sstream>

#include "cli/program.hpp"
#include "cli/values.hpp"
#include "compare/servers/programs.hpp"
#include "compare/web/store.hpp"

namespace iomux::compare::web {
namespace {

namespace po = boost::program_options;

constexpr std::uint16_t usual_port = 8090;

po::options_description described_options() {
    po::options_description options("Options");
    auto add = options.add_options();
    add("address", po::value<std::string>()->default_value("127.0.0.1"),
        "where to listen; beyond this machine, whoever reaches it sees the results, and with the token starts runs");
    add("port", po::value<cli::Port>()->default_value({usual_port}), "0: one that is free");
    add("allow-host", po::value<std::vector<std::string>>()->value_name("NAME:PORT"),
        "answer by that name too, as it stands in a browser's address; may be given several times");
    add("results", po::value<std::string>()->value_name("DIR"),
        "where runs and their results are kept; default: $XDG_STATE_HOME/iomux, or ~/.local/state/iomux");
    add("server", po::value<std::vector<std::string>>()->value_name("NAME=COMMAND"),
        "offer one of yours beside ours, as with the comparison");
    add("help", "this text")("version", "the version");
    return options;
}

std::string help_text() {
    std::ostringstream text;
    text << "Usage: " << program_name << " serve [OPTION]...\n"
         << R"(
Runs comparisons for a web page, shows them live, and keeps their results. Open the link that it prints: it
has the token without which nothing is started or stopped. One run goes on at a time, others wait; it goes
on when the page is closed. The interface is told at /api/openapi.json.

)" << described_options()
         << R"(
It answers at once whatever slow clients do: at most 256 connections, 128 of them WebSockets that follow runs,
and beyond that whoever has kept it waiting for longest is given up.

Exit: 0 ended by a signal, 1 it cannot listen or keep results, 2 usage.

Try:  iomux-compare serve
      iomux-compare serve --port 0 --results results      # beside another one, with runs of its own
      iomux-compare serve --server 'mine=./my-server {port}'
      iomux-compare serve --address 0.0.0.0 --allow-host laboratory:8090    # for other machines, by a name
      curl http://127.0.0.1:8090/api/runs                 # what the page asks it; /api/openapi.json
)";
    return text.str();
}

bool may_be_in_a_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
}

ServerSpec parse_offered(const std::string& text) {
    ServerSpec server = parse_brought(text);
    // In a list of servers, commas and blanks have a meaning.
    if (server.name.starts_with('-') || !std::ranges::all_of(server.name, may_be_in_a_name))
        throw cli::UsageError(
            fmt::format("--server: a name for the page has letters, digits, '.', '_' and '-', not '{}'", server.name));
    return server;
}

}  // namespace

std::optional<ServeOptions> parse_serve_options(int argc, const char* const* argv) {
    const po::variables_map values = cli::parse_options(argc, argv, described_options(), {});
    if (cli::answers_about_itself(values, program_name, help_text)) return std::nullopt;
    ServeOptions options{.address = values["address"].as<std::string>(),
                         .port = static_cast<std::uint16_t>(values["port"].as<cli::Port>().value),
                         .results = values.count("results") != 0
                                        ? std::filesystem::path(values["results"].as<std::string>())
                                        : usual_results_folder()};
    if (options.results.empty()) throw cli::UsageError("--results names no folder");
    if (values.count("allow-host") != 0) options.hosts = values["allow-host"].as<std::vector<std::string>>();
    if (values.count("server") != 0)
        for (const std::string& text : values["server"].as<std::vector<std::string>>())
            options.brought.push_back(parse_offered(text));
    return options;
}

}  // namespace iomux::compare::web
