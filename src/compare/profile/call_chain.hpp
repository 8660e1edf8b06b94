#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "compare/profile/frame_rule.hpp"
#include "compare/profile/stack_sample.hpp"

namespace iomux::compare {

/// The rule for an address; nothing if none is known.
using FrameRules = std::function<std::optional<FrameRule>(std::uint64_t address)>;

/// The address behind a call may be that of the next function.
constexpr std::uint64_t address_of_call(std::uint64_t return_address) { return return_address - 1; }

/// The frames of the process, the innermost first, with those that the kernel has skipped: it follows the frame
/// pointers. A function that keeps none, such as the C library's wrapper of a system call, hides its caller. If it uses
/// the register for something else, it hides all callers. They are found in the sampled piece of the stack, by the
/// rules. Without a rule, the frames are those that the kernel found.
std::vector<std::uint64_t> complete_chain(const StackSample& sample, const FrameRules& rule_for);

}  // namespace iomux::compare
