#pragma once

#include <chrono>
#include <optional>
#include <span>

#include "compare/claims/claims.hpp"
#include "compare/comparison/experiment.hpp"
#include "compare/measure/progress.hpp"

namespace iomux::compare {

/// Puts blocking, pool and epoll under the load that the claims about threads are judged by. Takes up to twenty
/// seconds, or five in the quick form, whatever the machine: where it is slow, there are fewer rounds. Throws
/// std::runtime_error where there are no servers, and Interrupted.
ThreadingFigures measure_crowds(bool quick, Progress& progress);
/// That time.
std::chrono::seconds longest_crowds(bool quick);

/// The same from the scenarios `throughput` and `memory`. Nothing where they were not both run, or without those
/// servers over few connections and over many.
std::optional<ThreadingFigures> crowds_in(std::span<const Experiment> experiments);

}  // namespace iomux::compare
