#include "compare/contestant.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <iterator>
#include <stdexcept>

#include "cli/program.hpp"
#include "cli/values.hpp"
#include "compare/child_process.hpp"

namespace iomux::compare {
namespace {

constexpr std::string_view port_mark = "{port}";

// What a server needs besides its connections: standard streams, listener, its mechanism's own.
constexpr std::size_t other_descriptors = 16;

// Of an option that is given as `--name value` or `--name=value`.
std::optional<std::string> value_of(const std::vector<std::string>& options, std::string_view name) {
    const std::string option = fmt::format("--{}", name);
    for (std::size_t i = 0; i < options.size(); ++i) {
        if (options[i] == option) return i + 1 < options.size() ? options[i + 1] : "";
        if (options[i].starts_with(option + "=")) return options[i].substr(option.size() + 1);
    }
    return std::nullopt;
}

// Servers that take no more than so many clients are told to take as many as will come.
std::vector<std::string> room_for(std::size_t connections, const Contestant& server) {
    const std::string number = std::to_string(connections);
    std::vector<std::string> words;
    if (server.usual_max_connections != 0 && connections > server.usual_max_connections &&
        !value_of(server.options, "max-connections"))
        words.insert(words.end(), {"--max-connections", number});
    // Who is turned away is an error; who waits shows what the mechanism cannot do.
    if (std::ranges::find(server.own_options, "queue") != server.own_options.end() &&
        !value_of(server.options, "queue"))
        words.insert(words.end(), {"--queue", number});
    return words;
}

Contestant parse_entry(const boost::json::object& entry) {
    Contestant contestant{.name = boost::json::value_to<std::string>(entry.at("name")), .path = {}};
    contestant.summary = boost::json::value_to<std::string>(entry.at("summary"));
    contestant.guarded = entry.at("guarded").as_bool();
    contestant.descriptor_ceiling = entry.at("descriptor_ceiling").to_number<std::size_t>();
    contestant.usual_max_connections = entry.at("usual_max_connections").to_number<std::size_t>();
    if (!entry.at("usual_threads").is_null())
        contestant.usual_threads = entry.at("usual_threads").to_number<std::size_t>();
    contestant.own_options = boost::json::value_to<std::vector<std::string>>(entry.at("options"));
    if (const auto* why = entry.at("unavailable").if_string()) contestant.unavailable = std::string(*why);
    return contestant;
}

}  // namespace

std::string Contestant::full_name() const { return program.empty() ? name : program + "/" + name; }

std::string Contestant::title() const {
    std::string text = overshadowed ? full_name() : name;
    for (const std::string& option : options) text += " " + option;
    return text;
}

std::optional<std::size_t> Contestant::threads() const {
    if (const std::optional<std::string> told = value_of(options, "threads")) try {
            return cli::parse_whole(*told, 1, 1024);
        } catch (const std::invalid_argument&) {
            return std::nullopt;  // which the server itself will refuse
        }
    return usual_threads;
}

std::optional<std::string> Contestant::reason_to_skip(const Work& work) const {
    if (unavailable) return unavailable;
    if (!guarded && !work.is_chunk_echo()) return "only echoes chunks";
    if (descriptor_ceiling != 0 && work.connections + work.idle + other_descriptors > descriptor_ceiling)
        return fmt::format("serves descriptors below {} only", descriptor_ceiling);
    return std::nullopt;
}

std::size_t Contestant::idle_connections(const Work& work) const {
    if (descriptor_ceiling == 0) return work.idle_memory;
    return std::min(work.idle_memory, descriptor_ceiling - other_descriptors);
}

std::vector<std::string> Contestant::command(const Work& work, std::uint16_t port) const {
    if (origin == Origin::brought) {
        std::string line = path;
        for (std::size_t at = 0; (at = line.find(port_mark, at)) != std::string::npos;)
            line.replace(at, port_mark.size(), std::to_string(port));
        return {"/bin/sh", "-c", line};
    }
    std::vector<std::string> words{path, name, "--port", "0"};
    std::ranges::move(work.dialect_options(), std::back_inserter(words));
    std::ranges::move(room_for(work.most_connections(), *this), std::back_inserter(words));
    std::ranges::copy(options, std::back_inserter(words));
    return words;
}

std::vector<Contestant> ask(const std::filesystem::path& path, std::string_view program) {
    ChildProcess child({.words = {path, "--list", "--json"}});
    const posix::Deadline deadline = posix::Clock::now() + std::chrono::seconds(5);
    const std::string list = child.read_all(deadline);
    if (!child.wait_for_end(deadline) || !child.succeeded())
        throw std::runtime_error(fmt::format("{} does not list its servers: {}", path.string(), child.fate()));
    return parse_list(path, program, list);
}

std::vector<Contestant> parse_list(const std::filesystem::path& path, std::string_view program,
                                   std::string_view json) try {
    const boost::json::value list = boost::json::parse(json);
    std::vector<Contestant> contestants;
    for (const boost::json::value& entry : list.as_array()) {
        contestants.push_back(parse_entry(entry.as_object()));
        contestants.back().path = path;
        contestants.back().program = program;
    }
    return contestants;
} catch (const std::exception& error) {
    throw std::runtime_error(fmt::format("{} --list --json is not understood: {}", path.string(), error.what()));
}

Contestant parse_brought(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string_view::npos || text.find(port_mark, equals) == std::string_view::npos)
        throw cli::UsageError(fmt::format("--server takes 'name=command with {}', not '{}'", port_mark, text));
    return {.name = std::string(text.substr(0, equals)),
            .path = std::string(text.substr(equals + 1)),
            .origin = Origin::brought,
            .summary = std::string(text.substr(equals + 1))};
}

}  // namespace iomux::compare
