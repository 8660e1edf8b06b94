#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compare/servers/server_spec.hpp"

namespace iomux::compare {

/// One of those that `--servers` names: `asio/callbacks --threads 2`.
struct Selection {
    std::string name;
    std::vector<std::string> options;
};

/// The list of `--servers`. Throws cli::UsageError where there is none, or where it has an option that is not the
/// user's to give here.
std::vector<Selection> parse_selections(std::string_view text);

/// Marks those that are not the first of their name.
void mark_overshadowed(std::vector<ServerSpec>& all);

/// The ones that are selected, in that order: by full name, or the first that has the name. Throws cli::UsageError,
/// which names the ones there are.
std::vector<ServerSpec> choose(const std::vector<ServerSpec>& all, const std::vector<Selection>& selections);

}  // namespace iomux::compare
