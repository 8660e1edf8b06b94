#include "compare/contestant.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <iterator>
#include <stdexcept>

#include "cli/program.hpp"
#include "compare/child_process.hpp"

namespace iomux::compare {
namespace {

constexpr std::string_view port_mark = "{port}";

// What a server needs besides its connections: standard streams, listener, its mechanism's own.
constexpr std::size_t other_descriptors = 16;

Contestant parse_entry(const std::filesystem::path& program, const boost::json::object& entry) {
    Contestant contestant{.name = boost::json::value_to<std::string>(entry.at("name")), .program = program};
    contestant.summary = boost::json::value_to<std::string>(entry.at("summary"));
    contestant.guarded = entry.at("guarded").as_bool();
    contestant.descriptor_ceiling = entry.at("descriptor_ceiling").to_number<std::size_t>();
    if (const auto* why = entry.at("unavailable").if_string()) contestant.unavailable = std::string(*why);
    return contestant;
}

std::string names_of(const std::vector<Contestant>& contestants) {
    std::string names;
    for (const Contestant& contestant : contestants) names += (names.empty() ? "" : ", ") + contestant.name;
    return names;
}

}  // namespace

std::optional<std::string> Contestant::reason_to_skip(const Work& work) const {
    if (unavailable) return unavailable;
    if (!guarded && !work.is_chunk_echo()) return "only echoes chunks";
    if (descriptor_ceiling != 0 && work.connections + work.idle + other_descriptors > descriptor_ceiling)
        return fmt::format("serves descriptors below {} only", descriptor_ceiling);
    return std::nullopt;
}

std::vector<std::string> Contestant::command(const Work& work, std::uint16_t port) const {
    if (origin == Origin::brought) {
        std::string line = program;
        for (std::size_t at = 0; (at = line.find(port_mark, at)) != std::string::npos;)
            line.replace(at, port_mark.size(), std::to_string(port));
        return {"/bin/sh", "-c", line};
    }
    std::vector<std::string> words{program, name, "--port", "0"};
    std::ranges::move(work.dialect_options(), std::back_inserter(words));
    return words;
}

std::vector<Contestant> ask(const std::filesystem::path& program) {
    ChildProcess child({.words = {program, "--list", "--json"}});
    const posix::Deadline deadline = posix::Clock::now() + std::chrono::seconds(5);
    const std::string list = child.read_all(deadline);
    if (!child.wait_for_end(deadline) || !child.succeeded())
        throw std::runtime_error(fmt::format("{} does not list its servers: {}", program.string(), child.fate()));
    return parse_list(program, list);
}

std::vector<Contestant> parse_list(const std::filesystem::path& program, std::string_view json) try {
    const boost::json::value list = boost::json::parse(json);
    std::vector<Contestant> contestants;
    for (const boost::json::value& entry : list.as_array())
        contestants.push_back(parse_entry(program, entry.as_object()));
    return contestants;
} catch (const std::exception& error) {
    throw std::runtime_error(fmt::format("{} --list --json is not understood: {}", program.string(), error.what()));
}

Contestant parse_brought(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string_view::npos || text.find(port_mark, equals) == std::string_view::npos)
        throw cli::UsageError(fmt::format("--server takes 'name=command with {}', not '{}'", port_mark, text));
    return {.name = std::string(text.substr(0, equals)),
            .program = std::string(text.substr(equals + 1)),
            .origin = Origin::brought,
            .summary = std::string(text.substr(equals + 1))};
}

std::vector<Contestant> choose(const std::vector<Contestant>& all, const std::vector<std::string>& names) {
    std::vector<Contestant> chosen;
    for (const std::string& name : names) {
        const auto found = std::ranges::find(all, name, &Contestant::name);
        if (found == all.end())
            throw cli::UsageError(fmt::format("there is no server '{}': one of {}", name, names_of(all)));
        if (std::ranges::find(chosen, name, &Contestant::name) != chosen.end())
            throw cli::UsageError(fmt::format("server '{}' is named twice", name));
        chosen.push_back(*found);
    }
    return chosen;
}

}  // namespace iomux::compare
