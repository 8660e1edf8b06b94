#pragma once

#include <span>
#include <vector>

namespace iomux::compare {

/// One axis of a chart: which values it covers, and at which pixel each of them lies.
class Axis {
public:
    /// An axis from pixel `from` to pixel `to` that covers `values`, with some room at both ends. It is logarithmic if
    /// all values are positive and the greatest is at least `log_from` times the least.
    Axis(std::span<const double> values, double log_from, double from, double to);

    bool is_logarithmic() const { return is_logarithmic_; }
    double at(double value) const;
    /// Round values within the axis, from the least to the greatest.
    std::vector<double> ticks() const;

private:
    double scaled(double value) const;
    std::vector<double> decades(std::span<const double> steps) const;

    bool is_logarithmic_;
    double low_;   // what the axis covers; of a logarithmic axis its logarithm
    double high_;  // greater than low_
    double from_;
    double to_;
};

/// Moves positions apart, by as little as possible, until they are `distance` apart and none is below `least`. They are
/// in ascending order, and stay so.
void spread(std::vector<double>& positions, double distance, double least);

}  // namespace iomux::compare
