#pragma once

#include <array>
#include <chrono>
#include <cstddef>
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

/// The arrivals of a sequence that one of several threads takes. The threads together take every arrival once, so their
/// rates and spacings add up to those of the sequence, even if a thread has less than one arrival in a measurement.
struct ShareOfArrivals {
    std::size_t connections = 1;  ///< Of all threads.
    std::size_t threads = 1;      ///< At most as many as connections.
    std::size_t thread = 0;       ///< From 0 on.

    /// Whether it has the arrival with this number. Arrivals go to the connections in turn, and connections to the
    /// threads in turn.
    bool has(std::uint64_t arrival) const { return arrival % connections % threads == thread; }
};

/// An endless sequence of arrival times. The same seed gives the same sequence.
class Arrivals {
public:
    using Time = posix::Clock::time_point;

    /// `rate` is the number of arrivals per second of the whole sequence, more than 0. Its first arrival is one spacing
    /// after `begin`.
    Arrivals(double rate, Spacing spacing, Time begin, std::uint64_t seed, const ShareOfArrivals& share = {});

    Time next() const { return next_; }
    void advance();
    /// All further arrivals are later by that time.
    void delay(std::chrono::nanoseconds time) {
        begin_ += time;
        next_ += time;
    }

private:
    double mean_ns_;
    Spacing spacing_;
    Time begin_;
    ShareOfArrivals share_;
    std::mt19937_64 random_;
    std::uint64_t count_ = 0;  // arrivals of the whole sequence up to `next_`
    double passed_ = 0;        // time since `begin` in mean spacings, so that rounding errors do not add up
    Time next_;
};

}  // namespace iomux::load
