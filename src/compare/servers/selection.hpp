#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compare/servers/server_spec.hpp"

namespace iomux::compare {

/// One entry of `--servers`, such as `asio/callbacks --threads 2`.
struct Selection {
    std::string name;
    std::vector<std::string> options;
};

/// Parses the list of `--servers`. Throws cli::UsageError if the list is empty or contains an option that the user may
/// not set there.
std::vector<Selection> parse_selections(std::string_view text);

/// Marks every server whose name an earlier server already has.
void mark_overshadowed(std::vector<ServerSpec>& all);

/// Whether the same server may be selected more than once, with the same options. A running one never may.
enum class Repeats { refused, allowed };

/// The selected servers, in the order of the selection. An entry matches a full name, or the first server with the
/// name. Throws cli::UsageError with a list of all servers if a name is unknown.
std::vector<ServerSpec> choose(const std::vector<ServerSpec>& all, const std::vector<Selection>& selections,
                               Repeats repeats = Repeats::refused);

}  // namespace iomux::compare
