#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string_view>

#include "posix/clock.hpp"

namespace iomux::load {

enum class Spacing {
    fixed,        ///< The same time between all requests.
    exponential,  ///< Poisson arrivals, as from many independent clients.
};

inline constexpr std::array<std::string_view, 2> spacing_names{"fixed", "exponential"};

std::string_view name_of(Spacing spacing);
std::optional<Spacing> find_spacing(std::string_view name);

/// An endless sequence of arrival times. The same seed gives the same sequence.
class Arrivals {
public:
    using Time = posix::Clock::time_point;

    /// `rate` is the number of arrivals per second, more than 0. The first arrival is one spacing after `begin`.
    Arrivals(double rate, Spacing spacing, Time begin, std::uint64_t seed);

    Time next() const { return next_; }
    void advance();

private:
    double mean_ns_;
    Spacing spacing_;
    Time begin_;
    std::mt19937_64 random_;
    double passed_ = 0;  // time since `begin` in mean spacings, so that rounding errors do not add up
    Time next_;
};

}  // namespace iomux::load
