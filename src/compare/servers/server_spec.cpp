#include "compare/servers/server_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <stdexcept>

#include "cli/error_text.hpp"
#include "cli/json_reader.hpp"
#include "cli/json_text.hpp"
#include "cli/printable.hpp"
#include "cli/program.hpp"
#include "cli/values.hpp"
#include "compare/process/child_process.hpp"
#include "compare/terminal/table.hpp"
#include "posix/endpoint.hpp"

namespace iomux::compare {
namespace {

constexpr std::string_view port_mark = "{port}";
constexpr std::string_view unix_mark = "{unix}";

// Descriptors that a server needs besides its connections: standard streams, the listener, and those of its mechanism.
constexpr std::size_t other_descriptors = 16;

// The value of an option that is given as `--name value` or `--name=value`.
std::optional<std::string> value_of(const std::vector<std::string>& options, std::string_view name) {
    const std::string option = fmt::format("--{}", name);
    for (std::size_t i = 0; i < options.size(); ++i) {
        if (options[i] == option) return i + 1 < options.size() ? options[i + 1] : "";
        if (options[i].starts_with(option + "=")) return options[i].substr(option.size() + 1);
    }
    return std::nullopt;
}

// Nothing if the limit is not set here, or if the server itself rejects the value.
std::optional<std::size_t> most_connections_of(const ServerSpec& server) {
    const std::optional<std::string> told = value_of(server.options, "max-connections");
    if (!told) return std::nullopt;
    try {
        return cli::parse_whole(*told, 1, std::numeric_limits<std::size_t>::max());
    } catch (const std::invalid_argument&) {
        return std::nullopt;
    }
}

// Options that raise a server's limit on clients to the number of connections of the test.
std::vector<std::string> capacity_options(std::size_t connections, const ServerSpec& server) {
    const std::string number = std::to_string(connections);
    std::vector<std::string> words;
    if (server.usual_max_connections != 0 && connections > server.usual_max_connections &&
        !value_of(server.options, "max-connections"))
        words.insert(words.end(), {"--max-connections", number});
    // A rejected client would be an error. A waiting client shows the limit of the mechanism.
    if (std::ranges::find(server.own_options, "queue") != server.own_options.end() &&
        !value_of(server.options, "queue"))
        words.insert(words.end(), {"--queue", number});
    return words;
}

ServerSpec parse_entry(const cli::JsonReader& entry) {
    ServerSpec spec{.name = entry.at("name").text(), .path = {}};
    spec.summary = entry.at("summary").text();
    spec.guarded = entry.at("guarded").flag();
    spec.datagrams = entry.at("datagrams").flag();
    spec.descriptor_ceiling = entry.at("descriptor_ceiling").number<std::size_t>();
    spec.usual_max_connections = entry.at("usual_max_connections").number<std::size_t>();
    spec.usual_threads = entry.at("usual_threads").optional_number<std::size_t>();
    spec.own_options = entry.at("options").texts();
    spec.unavailable = entry.at("unavailable").optional_text();
    return spec;
}

bool has_mark(const std::string& text, std::string_view mark) { return text.find(mark) != std::string::npos; }

void fill_in(std::string& line, std::string_view mark, const std::string& value) {
    for (std::size_t at = 0; (at = line.find(mark, at)) != std::string::npos; at += value.size())
        line.replace(at, mark.size(), value);
}

// The parts before and after the mark; nothing if one of them is empty.
std::optional<std::pair<std::string, std::string>> split_at(char mark, std::string_view text) {
    const std::size_t at = mark == ':' ? text.rfind(mark) : text.find(mark);
    if (at == 0 || at == std::string_view::npos || at + 1 == text.size()) return std::nullopt;
    return std::pair{std::string(text.substr(0, at)), std::string(text.substr(at + 1))};
}

void check_name(std::string_view name) {
    if (name == every_server)
        throw cli::UsageError(fmt::format("a server cannot be named \"{}\", which means all servers", name));
}

std::size_t parse_part(std::string_view part, const std::string& text, std::size_t highest) try {
    return cli::parse_whole(text, 1, highest);
} catch (const std::invalid_argument& error) {
    throw std::invalid_argument(fmt::format("{}: {}", part, error.what()));
}

std::string without_brackets(const std::string& host) {
    return host.starts_with('[') && host.ends_with(']') ? host.substr(1, host.size() - 2) : host;
}

}  // namespace

std::string_view name_of(Origin origin) {
    switch (origin) {
        case Origin::registry: return "registry";
        case Origin::brought: return "brought";
        case Origin::attached: return "attached";
    }
    return "";
}

std::string ServerSpec::full_name() const { return program.empty() ? name : program + "/" + name; }

std::string ServerSpec::title() const {
    std::string text = overshadowed ? full_name() : name;
    for (const std::string& option : options) text += " " + cli::well_formed_line(option);
    return text;
}

std::optional<std::size_t> ServerSpec::threads() const {
    if (const std::optional<std::string> told = value_of(options, "threads")) try {
            return cli::parse_whole(*told, 1, 1024);
        } catch (const std::invalid_argument&) {
            return std::nullopt;  // the server itself rejects the value
        }
    return usual_threads;
}

std::optional<std::string> ServerSpec::unsuitable_for(const Work& work) const {
    if (unavailable) return unavailable;
    if (!guarded && !work.is_chunk_echo()) return "supports only --service echo with --framing chunk";
    if (work.datagrams && !datagrams) return "does not support UDP (--udp)";
    if (!work.simulated_work.empty() && (!guarded || origin != Origin::registry)) return "does not support --work";
    if (work.unix_socket && origin == Origin::attached) return "listens on a TCP port, not on a Unix socket (--unix)";
    if (const std::string_view mark = work.unix_socket ? unix_mark : port_mark;
        origin == Origin::brought && !has_mark(path, mark))
        return fmt::format("has no {} in its command", mark);
    if (descriptor_ceiling != 0 && work.served_at_once() + other_descriptors > descriptor_ceiling)
        return fmt::format("supports only descriptors below {}", grouped(descriptor_ceiling));
    return std::nullopt;
}

std::optional<std::string> ServerSpec::reason_to_skip(const Work& work) const {
    if (std::optional<std::string> why = unsuitable_for(work)) return why;
    if (const auto most = most_connections_of(*this); most && *most < work.served_at_once())
        return fmt::format("serves at most {} connections (--max-connections), and the load has {}", grouped(*most),
                           grouped(work.served_at_once()));
    return std::nullopt;
}

std::size_t ServerSpec::idle_connections(const Work& work) const {
    std::size_t connections = work.idle_memory;
    if (descriptor_ceiling != 0) connections = std::min(connections, descriptor_ceiling - other_descriptors);
    // One more connection shows that the server serves.
    if (const auto most = most_connections_of(*this))
        connections = std::min(connections, std::max<std::size_t>(*most, 2) - 1);
    return connections;
}

std::vector<std::string> ServerSpec::command(const Work& work, std::uint16_t port, const std::string& socket) const {
    if (origin == Origin::brought) {
        std::string line = path;
        fill_in(line, port_mark, std::to_string(port));
        fill_in(line, unix_mark, socket);
        return {"/bin/sh", "-c", line};
    }
    std::vector<std::string> words{path, name};
    if (work.unix_socket)
        words.insert(words.end(), {"--unix", socket});
    else
        words.insert(words.end(), {"--port", "0"});
    std::ranges::move(work.protocol_options(), std::back_inserter(words));
    if (work.datagrams) words.push_back("--udp");
    if (!work.simulated_work.empty()) words.insert(words.end(), {"--work", work.simulated_work});
    std::ranges::move(capacity_options(work.most_connections(), *this), std::back_inserter(words));
    std::ranges::copy(options, std::back_inserter(words));
    return words;
}

std::vector<ServerSpec> ask(const std::filesystem::path& path, std::string_view program) {
    ChildProcess child({.words = {path, "--list", "--json"}});
    const posix::Deadline deadline = posix::Clock::now() + std::chrono::seconds(30);
    const std::string list = child.read_all(deadline);
    if (!child.wait_for_end(deadline))
        throw std::runtime_error(fmt::format("cannot list the servers of {}: no answer within 30 s", path.string()));
    if (!child.succeeded())
        throw std::runtime_error(fmt::format("cannot list the servers of {}: {}", path.string(), child.exit_text()));
    return parse_list(path, program, list);
}

std::vector<ServerSpec> parse_list(const std::filesystem::path& path, std::string_view program,
                                   std::string_view json) try {
    const boost::json::value list = cli::parse_json(json);
    std::vector<ServerSpec> specs;
    for (const cli::JsonReader& entry : cli::JsonReader(list).elements()) {
        specs.push_back(parse_entry(entry));
        specs.back().path = path;
        specs.back().program = program;
    }
    return specs;
} catch (const std::exception& error) {
    throw std::runtime_error(
        fmt::format("cannot parse the output of {} --list --json: {}; build it again with this program", path.string(),
                    cli::error_text(error)));
}

ServerSpec parse_brought(std::string_view text) {
    if (text.find('=') == text.npos)
        throw cli::UsageError(
            fmt::format("--server \"{}\": expected NAME=COMMAND, a server of yours; --servers chooses "
                        "servers of this project",
                        cli::excerpt(text)));
    const auto parts = split_at('=', text);
    if (!parts || (!has_mark(parts->second, port_mark) && !has_mark(parts->second, unix_mark)))
        throw cli::UsageError(fmt::format("--server \"{}\": expected NAME=COMMAND with {} or {} in the command",
                                          cli::excerpt(text), port_mark, unix_mark));
    check_name(parts->first);
    return {.name = cli::well_formed_line(parts->first),
            .path = parts->second,
            .origin = Origin::brought,
            .summary = cli::well_formed_line(parts->second)};
}

void set_start_timeout(std::span<ServerSpec> brought, std::chrono::nanoseconds timeout) {
    if (brought.empty()) throw cli::UsageError("--start-timeout requires --server");
    if (timeout == std::chrono::nanoseconds(0)) throw cli::UsageError("--start-timeout must be more than 0");
    for (ServerSpec& spec : brought) spec.start_timeout = timeout;
}

ServerSpec parse_attached(std::string_view text) try {
    const auto parts = split_at('=', text);
    const auto process_and_address = parts ? split_at('@', parts->second) : std::nullopt;
    const auto address = process_and_address ? split_at(':', process_and_address->second) : std::nullopt;
    if (!address) throw std::invalid_argument("expected NAME=PID@HOST:PORT");
    check_name(parts->first);
    const auto pid = static_cast<pid_t>(
        parse_part("PID", process_and_address->first, static_cast<std::size_t>(std::numeric_limits<pid_t>::max())));
    const auto port = static_cast<std::uint16_t>(parse_part("PORT", address->second, 65'535));
    static_cast<void>(posix::Endpoint::internet(address->first, port));  // throws if it cannot be resolved
    return {
        .name = cli::well_formed_line(parts->first),
        .path = parts->second,
        .origin = Origin::attached,
        .summary = cli::well_formed_line(parts->second),
        .attachment = Attachment{std::make_shared<const RunningProcess>(pid), without_brackets(address->first), port}};
} catch (const std::exception& error) {
    throw cli::UsageError(fmt::format("--attach \"{}\": {}", cli::excerpt(text), cli::error_text(error)));
}

}  // namespace iomux::compare
