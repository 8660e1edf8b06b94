#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compare/servers/server_spec.hpp"

namespace iomux::compare::web {

/// A number that a page may choose, and from where to where.
struct Bound {
    std::string_view name;
    std::uint64_t lowest, highest;
    std::optional<std::uint64_t> usual;  ///< Nothing: left out.
    std::string_view option;             ///< Of the comparison's command line, up to the number.
    std::string_view unit = {};          ///< Behind the number there.
};

inline constexpr std::array bounds{
    Bound{"connections", 1, 10'000, 64, "--connections="},
    Bound{"size", 1, 65'536, 64, "--size="},
    Bound{"depth", 1, 256, 1, "--depth="},
    Bound{"idle", 0, 10'000, 0, "--idle="},
    Bound{"rate", 1, 10'000'000, std::nullopt, "--rate="},
    Bound{"rounds", 1, 100, 10, "--rounds="},
    Bound{"milliseconds", 50, 10'000, 400, "--seconds=", "ms"},
    Bound{"idle_memory", 0, 10'000, 0, "--idle-memory="},
};
inline constexpr std::size_t most_servers = 16;
/// All rounds of all servers together.
inline constexpr std::uint64_t longest_run_seconds = 3600;

/// `{"connections": {"lowest": 1, "highest": 10000, "usual": 64}, …}`
boost::json::object bounds_json();

/// What a page may not ask for, and what it may.
struct BadRequest : std::runtime_error {
    BadRequest(const std::string& error, std::string what_to_do)
        : std::runtime_error(error), hint(std::move(what_to_do)) {}
    std::string hint;
};

enum class RunKind {
    comparison,
    trace,   ///< One message through each server, call by call.
    claims,  ///< What the document says, tried.
};
/// `comparison`, `trace`, `claims`
std::string_view name_of(RunKind kind);

/// What a page asks for: servers that there are, and numbers within bounds. A trace has the size alone of the numbers;
/// claims have no servers either.
struct RunRequest {
    RunKind kind = RunKind::comparison;
    std::vector<std::string> servers = {};  ///< By their titles.
    std::array<std::optional<std::uint64_t>, bounds.size()> numbers = {};
    bool quick = true;  ///< Of claims.

    /// With the members of its kind, and no others.
    boost::json::object json() const;
};

/// `{"servers": ["epoll", "select"], "connections": 100}`, `{"kind": "trace", "servers": ["epoll"], "size": 64}`,
/// `{"kind": "claims", "quick": true}`; what is left out is as usual. Throws BadRequest.
RunRequest parse_run_request(std::string_view json, const std::vector<ServerSpec>& known);

/// The arguments of `iomux-compare` that ask for it, and for its events on standard output; the brought servers'
/// commands are among them.
std::vector<std::string> arguments_for(const RunRequest& request, const std::vector<ServerSpec>& known);

}  // namespace iomux::compare::web
