#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "compare/web/store.hpp"

namespace iomux::compare::web {

/// The results of a run in the current version, with the summaries that the page prints. Nothing if there are none of
/// that id. Throws UnreadableFile, or UnreadableVersion if a later version of this program has stored them.
std::optional<std::string> current_results(const Store& store, const std::string& id);

/// Why the results cannot be shown as those of a run of this kind; nothing if they can.
std::optional<std::string> fault_in_results(const Store& store, const std::string& id, std::string_view kind);

}  // namespace iomux::compare::web
