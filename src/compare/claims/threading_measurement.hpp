#pragma once

#include <chrono>
#include <optional>
#include <span>

#include "compare/claims/claims.hpp"
#include "compare/comparison/experiment.hpp"
#include "compare/measure/progress.hpp"

namespace iomux::compare {

/// Measures blocking, pool and epoll over few and over many connections, for the claims about threads. It takes at most
/// `longest_threading_measurement`; a slow machine runs fewer rounds in that time. Throws std::runtime_error if a
/// server is missing, and Interrupted.
ThreadingFigures measure_threading(bool quick, Progress& progress);
std::chrono::seconds longest_threading_measurement(bool quick);

/// Takes the same figures from the scenarios `throughput` and `memory`. Returns nothing unless both were run with these
/// servers, over few and over many connections.
std::optional<ThreadingFigures> threading_figures_in(std::span<const Experiment> experiments);

}  // namespace iomux::compare
