#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "compare/contestant.hpp"
#include "compare/selection.hpp"

namespace iomux::compare {

/// What the command line asks for.
struct Options {
    Work work;
    std::size_t rounds = 5;
    /// The programs that are compared by default, all programs, or the servers that are named.
    enum class Whom { usual, all, named } whom = Whom::usual;
    std::vector<Selection> servers;
    std::optional<std::string> server_cores;  ///< To be understood by `parse_cores`.
    std::vector<Contestant> brought;
    std::optional<std::string> json_file;  ///< `-`: standard output.
};

/// The options, or nothing where `--help` or `--version` has been answered on standard output.
/// Throws cli::UsageError.
std::optional<Options> parse_options(int argc, const char* const* argv);

}  // namespace iomux::compare
