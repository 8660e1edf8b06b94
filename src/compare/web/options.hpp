#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "compare/servers/server_spec.hpp"

namespace iomux::compare::web {

/// What the command line asks of `iomux-compare serve`.
struct ServeOptions {
    std::string address;
    std::uint16_t port = 0;          ///< 0: the kernel's choice.
    std::vector<std::string> hosts;  ///< By which it answers too, as they stand in Host.
    std::filesystem::path results;
    std::vector<ServerSpec> brought;
};

/// The options, or nothing where `--help` or `--version` has been answered on standard output.
/// Throws cli::UsageError.
std::optional<ServeOptions> parse_serve_options(int argc, const char* const* argv);

}  // namespace iomux::compare::web
