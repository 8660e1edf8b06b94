#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "compare/measure/round.hpp"
#include "compare/process/cores.hpp"

namespace iomux::compare {

/// The cores that the option names, or the default for this machine.
Cores cores_of(const std::optional<std::string>& server_cores, std::size_t load_threads = 1);

/// The configuration of all rounds of the work. Moves this process off the server's cores, and raises its limit on
/// descriptors if the work needs it. Throws std::runtime_error if the hard limit is too low.
TestSetup make_test_setup(const Work& work, const Cores& cores);

}  // namespace iomux::compare
