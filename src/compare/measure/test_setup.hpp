#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "compare/measure/round.hpp"
#include "compare/process/cores.hpp"

namespace iomux::compare {

/// Those that the options name, or the usual ones of this machine.
Cores cores_of(const std::optional<std::string>& server_cores, std::size_t load_threads = 1);

/// What rounds of the work have in common. Takes this process off the servers' cores, and raises its limit of
/// descriptors where the work needs it. Throws std::runtime_error where that is not enough.
TestSetup make_test_setup(const Work& work, const Cores& cores);

}  // namespace iomux::compare
