#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compare/servers/server_spec.hpp"

namespace iomux::compare::web {

/// Limit for all rounds or sessions of a run together.
inline constexpr std::uint64_t longest_run_seconds = 3600;

/// What a number of a request is about. A request measures in sessions, or in windows if it has a number about windows.
/// It then has none about sessions.
enum class About { load, sessions, windows };

/// A number of a request and its range.
struct Bound {
    std::string_view name;
    std::uint64_t lowest, highest;
    std::optional<std::uint64_t> usual;  ///< Default; nothing: not set. About windows: if the request has another one.
    std::string_view option;             ///< Option of iomux-compare, up to the number.
    std::string_view unit = {};          ///< After the number in the option.
    About about = About::load;
};

/// Those about sessions have the limits and the defaults of the options.
inline constexpr std::array bounds{
    Bound{"connections", 1, 10'000, 64, "--connections="},
    Bound{"size", 1, 65'536, 64, "--size="},
    Bound{"depth", 1, 256, 1, "--depth="},
    Bound{"idle", 0, 10'000, 0, "--idle="},
    Bound{"rate", 1, 10'000'000, std::nullopt, "--rate="},
    Bound{"idle_memory", 0, 10'000, 0, "--idle-memory="},
    Bound{"sessions", 1, 1000, std::nullopt, "--sessions=", "", About::sessions},
    Bound{"slice_milliseconds", 5, 1000, std::nullopt, "--slice=", "ms", About::sessions},
    Bound{"precision_percent", 1, 100, std::nullopt, "--precision=", "%", About::sessions},
    Bound{"budget_seconds", 1, longest_run_seconds, std::nullopt, "--budget=", "s", About::sessions},
    Bound{"rounds", 1, 100, 10, "--rounds=", "", About::windows},
    Bound{"milliseconds", 50, 10'000, 400, "--seconds=", "ms", About::windows},
};
inline constexpr std::size_t most_servers = 16;

/// `{"connections": {"lowest": 1, "highest": 10000, "usual": 64}, …}`
boost::json::object bounds_json();

/// An invalid request: the error, a hint what to do next, and the status of the response.
struct BadRequest : std::runtime_error {
    BadRequest(const std::string& error, std::string what_to_do, unsigned status_of_response = 400)
        : std::runtime_error(error), hint(std::move(what_to_do)), status(status_of_response) {}
    std::string hint;
    unsigned status;
};

enum class RunKind {
    comparison,
    scenario,     ///< A scenario of iomux-compare, whose points take turns.
    trace,        ///< The system calls of each server for one message.
    claims,       ///< Tests of the claims of the article the project started from (Python I/O multiplexing, 2020).
    explanation,  ///< Where the CPU time of a server's message goes, or why another one costs more or less.
};
/// `comparison`, `scenario`, `trace`, `claims`, `explanation`
std::string_view name_of(RunKind kind);

/// A valid request: existing servers, and numbers within their bounds. A scenario has only the numbers about sessions;
/// a trace has only the number `size`; claims have neither servers nor numbers. An explanation has one server or two,
/// the numbers about the load except `idle_memory`, and `budget_seconds`.
struct RunRequest {
    RunKind kind = RunKind::comparison;
    std::vector<std::string> servers = {};  ///< By title.
    std::array<std::optional<std::uint64_t>, bounds.size()> numbers = {};
    bool quick = true;          ///< Only for claims and scenarios.
    std::string scenario = {};  ///< The name of a scenario that is measured in sessions.
    /// The id of a run: this one adds sessions to it, with its servers and its load. Empty: it begins anew.
    std::string continues = {};

    /// Only the members of its kind. A number that is not set is null.
    boost::json::object json() const;
};

/// `{"servers": ["epoll", "select"], "connections": 100}`, `{"servers": ["epoll"], "rounds": 10}` (in windows),
/// `{"kind": "scenario", "scenario": "idle", "servers": ["epoll", "select"], "quick": false}`,
/// `{"kind": "trace", "servers": ["epoll"], "size": 64}`, `{"kind": "claims", "quick": true}`,
/// `{"kind": "explanation", "servers": ["epoll", "callbacks"]}`. Missing members get
/// their defaults. Throws BadRequest.
/// `{"continues": "20261125T142015Z-5f0c9a1e", "precision_percent": 2}` adds sessions to a run, with at least one of
/// `precision_percent`, `budget_seconds` and `sessions`. All else is as in the request of that run, which `request_of`
/// returns. It throws BadRequest if the run cannot be continued.
using RequestOf = std::function<boost::json::object(std::string_view id)>;
RunRequest parse_run_request(std::string_view json, const std::vector<ServerSpec>& known,
                             const RequestOf& request_of = {});

/// The body of a request with this `RunRequest::json`: if it continues a run, without what is as in that run.
boost::json::object as_asked(const boost::json::object& request);

/// The arguments of `iomux-compare` for the request, with events on standard output. They include the commands of the
/// user's own servers. `continued`: the results of the run that the request continues.
std::vector<std::string> arguments_for(const RunRequest& request, const std::vector<ServerSpec>& known,
                                       const std::filesystem::path& continued = {});

}  // namespace iomux::compare::web
