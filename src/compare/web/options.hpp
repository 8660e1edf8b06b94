#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "compare/servers/server_spec.hpp"

namespace iomux::compare::web {

/// The name of the service. compare::program_name is the program that measures.
inline constexpr const char* program_name = "iomux-serve";

/// The options of `iomux-serve`.
struct ServeOptions {
    std::string address;
    std::uint16_t port = 0;  ///< 0: any free port.
    std::chrono::nanoseconds bind_retry{0};
    std::vector<std::string> hosts;  ///< Additional values of Host that are accepted.
    std::filesystem::path results;
    std::vector<ServerSpec> brought;
};

/// Returns the options, or nothing if `--help` or `--version` was printed on standard output.
/// Throws cli::UsageError.
std::optional<ServeOptions> parse_serve_options(int argc, const char* const* argv);

}  // namespace iomux::compare::web
