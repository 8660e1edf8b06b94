#pragma once

#include <optional>
#include <string_view>

#include "compare/profile/part.hpp"

namespace iomux::compare {

/// What a function tells of a sample in which it, or a function that it has called, runs.
struct Rule {
    /// Nothing: the function is called from everywhere, so its caller decides.
    std::optional<Layer> layer = {};
    std::optional<Stage> stage = {};
    /// Its callers have nothing to do with it: it was run by an interrupt.
    bool is_interrupt = false;
    /// The stage holds only if no other function on the stack has one: read(2) and write(2) are for all kinds of files.
    bool is_for_all_files = false;
};

/// The rule for a function. Nothing if the table does not mention it.
std::optional<Rule> rule_of(const Frame& frame);

}  // namespace iomux::compare
