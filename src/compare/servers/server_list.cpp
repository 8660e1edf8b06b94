#include "compare/servers/server_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <stdexcept>

#include "cli/error_text.hpp"
#include "cli/printable.hpp"
#include "cli/program.hpp"
#include "compare/process/child_process.hpp"
#include "compare/process/temporary_folder.hpp"
#include "compare/servers/server_process.hpp"
#include "posix/endpoint.hpp"

namespace iomux::compare {
namespace {

// The servers of the programs, and the programs that are missing.
struct Known {
    std::vector<ServerSpec> servers;
    std::vector<std::string> missing;
    std::vector<std::string> missing_usual;  // those that are compared by default, and so belong to any installation
    std::vector<const ServerProgram*> not_built;
};

bool is_wanted(const ServerProgram& program, const ServerChoice& choice) {
    return program.compared == ServerProgram::Compared::by_default || choice.which != ServerChoice::Which::usual;
}

bool exists(const Program& program) {
    try {
        find_program(program);
        return true;
    } catch (const std::exception&) {
        return false;
    }
}

// What is missing on this machine is missing for each program.
void add_once(std::vector<std::string>& reasons, const std::string& why) {
    if (std::ranges::find(reasons, why) == reasons.end()) reasons.push_back(why);
}

Known ask_programs(const ServerChoice& choice) {
    Known known;
    for (const ServerProgram& one : server_programs) {
        if (!is_wanted(one, choice)) continue;
        if (one.built == ServerProgram::Built::where_possible && !exists(one.program)) {
            known.not_built.push_back(&one);
            continue;
        }
        try {
            std::ranges::copy(servers_of(one.program), std::back_inserter(known.servers));
        } catch (const std::exception& error) {
            const std::string why = cli::error_text(error);
            add_once(known.missing, why);
            if (one.compared == ServerProgram::Compared::by_default) add_once(known.missing_usual, why);
            if (!exists(one.program)) known.not_built.push_back(&one);
        }
    }
    return known;
}

std::string address_of(const Attachment& attachment) {
    return posix::Endpoint::internet(attachment.host, attachment.port).text();
}

// The load reaches an address, and not a process. So both rows would be of the same processes.
void refuse_same_address(const std::vector<ServerSpec>& servers, const ServerSpec& attached) {
    for (const ServerSpec& other : servers)
        if (other.attachment && other.attachment->process->pid() != attached.attachment->process->pid() &&
            address_of(*other.attachment) == address_of(*attached.attachment))
            throw cli::UsageError(
                fmt::format("--attach \"{}={}\": \"{}\" has the same address, and all processes that listen there are "
                            "measured as one server; attach only one of them",
                            attached.name, cli::excerpt(attached.path), other.name));
}

void add_brought(std::vector<ServerSpec>& servers, const std::vector<ServerSpec>& brought) {
    for (const ServerSpec& one : brought) {
        if (std::ranges::any_of(servers, [&](const ServerSpec& other) {
                return one.name == other.name || one.name == other.full_name();
            }))
            throw cli::UsageError(fmt::format("{} {}: a server with this name already exists",
                                              one.origin == Origin::attached ? "--attach" : "--server", one.name));
        if (one.attachment) refuse_same_address(servers, one);
        servers.push_back(one);
    }
}

// It is unknown whether the program would have the server. Either way it cannot be compared here.
void add_unbuilt(Known& known, const std::vector<Selection>& selections) {
    for (const ServerProgram* program : known.not_built)
        for (const Selection& selection : selections) {
            const std::string prefix = fmt::format("{}/", program->program.short_name());
            if (!selection.name.starts_with(prefix)) continue;
            known.servers.push_back({.name = selection.name.substr(prefix.size()),
                                     .path = {},
                                     .program = std::string(program->program.short_name()),
                                     .unavailable = fmt::format("{} is not built here", program->program.name),
                                     .overshadowed = true});
        }
}

// The last line of the program is `iomux-raw: --threads x: expected … (see iomux-raw --help)`.
[[noreturn]] void refuse_options(const ServerSpec& spec, std::string_view line) {
    const std::string program = spec.path.substr(spec.path.rfind('/') + 1);
    const std::string prefix = program + ": ";
    const std::string suffix = fmt::format(" (see {} --help)", program);
    if (line.starts_with(prefix)) line.remove_prefix(prefix.size());
    if (line.ends_with(suffix)) line.remove_suffix(suffix.size());
    throw cli::UsageError(fmt::format("--servers \"{}\": {}", spec.title(), line), program);
}

void check_options(const ServerSpec& spec, const Work& work) {
    constexpr auto patience = std::chrono::seconds(30);
    std::vector<std::string> words = spec.command(work, 0, "socket");
    words.emplace_back("--check");
    const ChildProcess program({.words = std::move(words)});
    const bool ended = program.wait_for_end(posix::Clock::now() + patience);
    if (ended && program.succeeded()) return;
    if (ended && program.exit_status() == cli::exit_usage) refuse_options(spec, program.stderr_tail());
    throw std::runtime_error(fmt::format("cannot check the options of {}: {} --check: {}", spec.title(), spec.path,
                                         ended ? program.exit_text() : "no answer within 30 s"));
}

// The command of a brought server may name the socket in quotes or without, as an address of socat, and so on.
bool is_taken_literally(std::string_view path) {
    constexpr std::string_view others = "/._-+@%=";
    return std::ranges::all_of(path, [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c < 0 ||
               others.find(c) != others.npos;
    });
}

// The folder of the sockets is found by TMPDIR.
void check_socket_folder(std::span<const ServerSpec> specs) {
    constexpr std::string_view other_folder = "; set TMPDIR to another folder, such as /tmp";
    const std::string socket = ServerProcess::socket_in(TemporaryFolder::example());
    try {
        static_cast<void>(posix::Endpoint::unix_path(socket));
    } catch (const std::runtime_error& error) {
        throw std::runtime_error(fmt::format("--unix: {}{}", error.what(), other_folder));
    }
    for (const ServerSpec& spec : specs)
        if (spec.origin == Origin::brought && !is_taken_literally(socket))
            throw std::runtime_error(
                fmt::format("--unix: {{unix}} in the command of \"{}\" would be {}, which a shell does not take as it "
                            "is{}",
                            spec.name, socket, other_folder));
}

}  // namespace

const std::vector<ServerSpec>& servers_of(const Program& program) {
    static std::map<std::string_view, std::vector<ServerSpec>> known;
    const auto found = known.find(program.name);
    if (found != known.end()) return found->second;
    return known.emplace(program.name, ask(find_program(program), program.short_name())).first->second;
}

ServerList resolve_servers(const ServerChoice& choice) {
    Known known = ask_programs(choice);
    add_brought(known.servers, choice.brought);
    mark_overshadowed(known.servers);
    if (known.servers.empty())
        throw std::runtime_error(fmt::format("no server to compare: {}", fmt::join(known.missing, "; ")));
    if (choice.which != ServerChoice::Which::named) return {std::move(known.servers), std::move(known.missing)};
    add_unbuilt(known, choice.servers);
    std::vector<Selection> selections = choice.servers;
    for (const ServerSpec& brought : choice.brought)
        if (std::ranges::find(selections, brought.name, &Selection::name) == selections.end())
            selections.push_back({brought.name, {}});
    try {
        // If every named server is found, missing programs do not matter.
        return {choose(known.servers, selections, choice.repeats), {}};
    } catch (const cli::UsageError& error) {
        if (known.missing_usual.empty()) throw;
        throw std::runtime_error(fmt::format("{}; {}", fmt::join(known.missing_usual, "; "), error.what()));
    }
}

void check_options(std::span<const ServerSpec> specs, const Work& work) {
    if (work.unix_socket) check_socket_folder(specs);
    for (const ServerSpec& spec : specs)
        if (spec.origin == Origin::registry && !spec.unsuitable_for(work)) check_options(spec, work);
}

bool is_server(std::string_view name) {
    const Known known = ask_programs({.which = ServerChoice::Which::all, .servers = {}, .brought = {}});
    return std::ranges::any_of(known.servers,
                               [&](const ServerSpec& spec) { return spec.name == name || spec.full_name() == name; });
}

}  // namespace iomux::compare
