#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "compare/measure/round.hpp"
#include "compare/process/cores.hpp"

namespace iomux::compare {

/// The cores that the option names, or the default for this machine.
Cores cores_of(const std::optional<std::string>& server_cores, std::size_t load_threads = 1);

/// If the connections of the work need more descriptors than the limit can be raised to, or more ports than there are:
/// `10,010 connections need 10,074 descriptors, but the limit is 4,096; raise it (ulimit -n)`.
std::optional<std::string> lack_for_connections(const Work& work);

/// Throws std::runtime_error if there is such a lack.
void check_limits(const Work& work);

/// The number of threads that the server starts for the connections of the work; 0 if it does not depend on them.
std::size_t threads_needed(const ServerSpec& server, const Work& work);

/// If there may not be so many more threads: `4,264 threads, but only 512 more can be started (ulimit -u)`.
std::optional<std::string> lack_of_threads(std::size_t wanted);

/// The configuration of all rounds of the work. Moves this process off the server's cores, and raises its limit on
/// descriptors if the work needs it. The caller has checked the hard limit (`check_limits`).
TestSetup make_test_setup(const Work& work, const Cores& cores);

}  // namespace iomux::compare
