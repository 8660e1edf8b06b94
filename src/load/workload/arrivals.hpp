#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string_view>

#include "posix/clock.hpp"

namespace iomux::load {

enum class Spacing {
    fixed,        ///< The same time from each to the next.
    exponential,  ///< As of many clients who know nothing of one another (a Poisson process).
};

std::string_view name_of(Spacing spacing);
std::optional<Spacing> find_spacing(std::string_view name);

/// An endless sequence of times at a rate. The same seed makes the same sequence.
class Arrivals {
public:
    using Time = posix::Clock::time_point;

    /// `rate` is of a second, more than 0. The first is one spacing after `begin`.
    Arrivals(double rate, Spacing spacing, Time begin, std::uint64_t seed);

    Time next() const { return next_; }
    void advance();

private:
    double mean_ns_;
    Spacing spacing_;
    Time begin_;
    std::mt19937_64 random_;
    double passed_ = 0;  // since the beginning, in mean spacings: no error adds up
    Time next_;
};

}  // namespace iomux::load
