#pragma once

#include <chrono>
#include <optional>
#include <span>

#include "compare/claims/claims.hpp"
#include "compare/comparison/experiment.hpp"
#include "compare/measure/progress.hpp"

namespace iomux::compare {

/// Measures blocking, pool and epoll with few and with more and more connections, for the claims about threads: in
/// sessions, or in windows if the work cannot be measured in sessions here. It takes at most
/// `longest_threading_measurement`, unless the machine is so slow that even the fewest sessions take longer. Throws
/// std::runtime_error if a server is missing, and Interrupted.
ThreadingFigures measure_threading(bool quick, Progress& progress);
std::chrono::seconds longest_threading_measurement(bool quick);

/// Takes the same figures from the scenarios `throughput` and `memory`. Returns nothing unless both were run with these
/// servers, the first with at least two numbers of connections.
std::optional<ThreadingFigures> threading_figures_in(std::span<const Experiment> experiments);

}  // namespace iomux::compare
