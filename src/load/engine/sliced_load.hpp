#pragma once

#include <chrono>

#include "load/result/result.hpp"

namespace iomux::load {

/// A load on one server that runs in slices. Between two slices the server has nothing to do.
class SlicedLoad {
public:
    virtual ~SlicedLoad() = default;

    /// Called once, before the first slice.
    virtual void connect() = 0;
    /// Runs for `length`, and then until nothing is left in flight. Returns what was counted from the first request to
    /// the end.
    virtual Window slice(std::chrono::nanoseconds length) = 0;
    /// Whether a connection is left, and the run was not stopped.
    virtual bool going_on() const = 0;
    /// The errors so far, the starved connections, and the bytes sent in all. Nothing is measured.
    virtual Result result() const = 0;
};

}  // namespace iomux::load
