#pragma once

#include <chrono>

namespace iomux::load {

/// As latencies and traces are reported.
inline double in_microseconds(std::chrono::nanoseconds time) {
    return std::chrono::duration<double, std::micro>(time).count();
}

}  // namespace iomux::load
