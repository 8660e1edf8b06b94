#include "compare/report/axis.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace iomux::compare {
namespace {

constexpr double room_at_the_ends = 0.04;  // as a share of the axis
constexpr std::size_t most_ticks = 8;

// The least of 1, 2, 5, 10, 20, … that divides `span` into at most `most_ticks` parts.
double round_step(double span) {
    const double least = span / most_ticks;
    const double decade = std::pow(10, std::floor(std::log10(least)));
    for (const double step : {1.0, 2.0, 5.0})
        if (step * decade >= least) return step * decade;
    return 10 * decade;
}

}  // namespace

Axis::Axis(std::span<const double> values, double log_from, double from, double to) : from_(from), to_(to) {
    const auto [least, greatest] = std::ranges::minmax(values);
    is_logarithmic_ = least > 0 && greatest >= log_from * least;
    low_ = scaled(least);
    high_ = scaled(greatest);
    const double span = high_ > low_ ? high_ - low_ : std::max(std::abs(high_), 1.0);
    low_ -= room_at_the_ends * span;
    high_ += room_at_the_ends * span;
    if (!is_logarithmic_ && least >= 0) low_ = std::max(low_, 0.0);
}

double Axis::scaled(double value) const { return is_logarithmic_ ? std::log10(value) : value; }

double Axis::at(double value) const { return from_ + (scaled(value) - low_) / (high_ - low_) * (to_ - from_); }

std::vector<double> Axis::decades(std::span<const double> steps) const {
    std::vector<double> values;
    for (double power = std::floor(low_); power <= high_; ++power)
        for (const double step : steps)
            if (const double value = step * std::pow(10, power); scaled(value) >= low_ && scaled(value) <= high_)
                values.push_back(value);
    return values;
}

std::vector<double> Axis::ticks() const {
    if (is_logarithmic_) {
        const std::vector<double> ticks = decades(std::array{1.0, 2.0, 5.0});
        return ticks.size() <= most_ticks + 2 ? ticks : decades(std::array{1.0});
    }
    const double step = round_step(high_ - low_);
    std::vector<double> ticks;
    for (double number = std::ceil(low_ / step); number * step <= high_; ++number) ticks.push_back(number * step);
    return ticks;
}

void spread(std::vector<double>& positions, double distance, double least) {
    struct Block {
        double middle;
        double size;
        double length;  // from its first position to its last
        double first() const { return middle - length / 2; }
        double last() const { return middle + length / 2; }
    };
    std::vector<Block> blocks;
    for (const double position : positions) {
        blocks.push_back({std::max(position, least), 1, 0});
        while (blocks.size() > 1 && blocks.back().first() < blocks[blocks.size() - 2].last() + distance) {
            const Block last = blocks.back();
            blocks.pop_back();
            Block& block = blocks.back();
            block.middle = (block.middle * block.size + last.middle * last.size) / (block.size + last.size);
            block.size += last.size;
            block.length += last.length + distance;
            block.middle += std::max(0.0, least - block.first());
        }
    }
    auto next = positions.begin();
    for (const Block& block : blocks)
        for (double i = 0; i < block.size; ++i) *next++ = block.first() + i * distance;
}

}  // namespace iomux::compare
