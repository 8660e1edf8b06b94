#include "compare/servers/selection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "cli/nearest.hpp"
#include "cli/printable.hpp"
#include "cli/program.hpp"
#include "cli/values.hpp"

namespace iomux::compare {
namespace {

using cli::UsageError;

// Options that the comparison sets itself for every server, and options that do not start a server.
constexpr std::array<std::string_view, 16> reserved_options{
    "--address", "--port",   "--unix", "--service", "--suffix", "--framing", "--max-message", "--udp",
    "--backlog", "--config", "--list", "--json",    "--help",   "--version", "--stats",       "--check"};

// The names of this project's programs begin with it.
constexpr std::string_view programs_prefix = "iomux-";

Selection parse_selection(const std::string& text) {
    std::istringstream words(text);
    Selection selection;
    words >> selection.name;
    for (std::string word; words >> word; selection.options.push_back(word))
        if (std::ranges::find(reserved_options, word.substr(0, word.find('='))) != reserved_options.end())
            throw UsageError(fmt::format("--servers: {} does not apply to \"{}\": iomux-compare sets it",
                                         cli::excerpt(word), cli::excerpt(selection.name)));
    selection.name = cli::well_formed_line(selection.name);
    if (selection.name.empty() || selection.name.starts_with('-'))
        throw UsageError(fmt::format("--servers: \"{}\" contains no server name", cli::excerpt(text)));
    return selection;
}

std::string in_lower_case(std::string_view text) {
    std::string lower;
    for (const char c : text) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return lower;
}

// The title of the server that a known name in a wrong form means: `asio/epoll`, `iomux-raw/epoll`, `EPOLL`. Empty if
// there is none.
std::string title_meant(const std::string& name, const std::vector<ServerSpec>& all) {
    std::string lower = in_lower_case(name);
    if (lower.starts_with(programs_prefix)) lower.erase(0, programs_prefix.size());
    const std::string after_slash = lower.substr(lower.find('/') + 1);
    const ServerSpec* same_name = nullptr;
    for (const ServerSpec& spec : all) {
        if (in_lower_case(spec.full_name()) == lower) return spec.title();
        if (same_name == nullptr && in_lower_case(spec.name) == after_slash) same_name = &spec;
    }
    return same_name == nullptr ? "" : same_name->title();
}

// If the name is that of a program, as in `asio` or `iomux-asio`: the titles of its servers.
std::vector<std::string> titles_in_program(std::string_view name, const std::vector<ServerSpec>& all) {
    if (name.starts_with(programs_prefix)) name.remove_prefix(programs_prefix.size());
    std::vector<std::string> titles;
    for (const ServerSpec& spec : all)
        if (!name.empty() && spec.program == name) titles.push_back(spec.title());
    return titles;
}

[[noreturn]] void refuse_unknown(const std::string& name, const std::vector<ServerSpec>& all) {
    if (const std::string meant = title_meant(name, all); !meant.empty())
        throw UsageError(fmt::format("no server named \"{}\"; did you mean \"{}\"?", name, meant));
    if (const std::vector<std::string> servers = titles_in_program(name, all); !servers.empty())
        throw UsageError(
            fmt::format("no server named \"{}\"; the servers of this program are {}", name, fmt::join(servers, ", ")));
    std::vector<std::string> titles;
    std::vector<std::string> full_names;
    for (const ServerSpec& spec : all) {
        titles.push_back(spec.title());
        full_names.push_back(spec.full_name());
    }
    const std::vector<std::string_view> listed(titles.begin(), titles.end());
    std::vector<std::string_view> known = listed;
    known.insert(known.end(), full_names.begin(), full_names.end());
    if (const std::string meant = cli::did_you_mean(name, known); !meant.empty())
        throw UsageError(fmt::format("no server named \"{}\"{}", name, meant));
    throw UsageError(cli::not_known("server", name, listed));
}

}  // namespace

std::vector<Selection> parse_selections(std::string_view text) {
    if (text.empty()) throw UsageError("--servers: no server is given");
    std::vector<Selection> selections;
    for (const std::string& entry : cli::split_list("--servers", std::string(text)))
        selections.push_back(parse_selection(entry));
    return selections;
}

void mark_overshadowed(std::vector<ServerSpec>& all) {
    for (auto one = all.begin(); one != all.end(); ++one)
        one->overshadowed =
            std::find_if(all.begin(), one, [&](const ServerSpec& other) { return other.name == one->name; }) != one;
}

std::vector<ServerSpec> choose(const std::vector<ServerSpec>& all, const std::vector<Selection>& selections,
                               Repeats repeats) {
    std::vector<ServerSpec> chosen;
    for (const auto& [name, options] : selections) {
        const auto is_meant = [&wanted = name](const ServerSpec& one) {
            return one.full_name() == wanted || one.name == wanted;
        };
        const auto found = std::ranges::find_if(all, is_meant);
        if (found == all.end()) refuse_unknown(name, all);
        if (found->origin == Origin::brought && !options.empty())
            throw UsageError(fmt::format("put the options of \"{}\" into its --server command", name));
        if (found->origin == Origin::attached && !options.empty())
            throw UsageError(fmt::format("\"{}\" is already running, so it takes no options", name));
        ServerSpec one = *found;
        one.options = options;
        const bool may_repeat = repeats == Repeats::allowed && one.origin != Origin::attached;
        if (!may_repeat && std::ranges::find(chosen, one.title(), &ServerSpec::title) != chosen.end())
            throw UsageError(fmt::format("--servers: \"{}\" is listed twice", cli::excerpt(one.title())));
        chosen.push_back(std::move(one));
    }
    return chosen;
}

}  // namespace iomux::compare
