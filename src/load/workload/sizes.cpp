#include "load/workload/sizes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "cli/numbers.hpp"

namespace iomux::load {
namespace {

// The midpoint of the share of a draw, where 0 to 1 is divided into equal shares, one per draw.
constexpr double share_of(std::size_t draw) {
    return (static_cast<double>(draw) + 0.5) / static_cast<double>(Sizes::draws);
}

// A mean of few bytes has decimals: `2.5`.
std::string mean_text(double mean) { return mean < 1000 ? fmt::format("{:.4g}", mean) : cli::grouped(mean); }

}  // namespace

Sizes Sizes::uniform(std::size_t lowest, std::size_t highest) {
    return {Shape::uniform, lowest, highest, static_cast<double>(lowest + highest) / 2};
}

Sizes Sizes::exponential(std::size_t mean) {
    const double longest = -std::log1p(-share_of(draws - 1)) * static_cast<double>(mean);
    return {Shape::exponential, 1, static_cast<std::size_t>(std::llround(longest)), static_cast<double>(mean)};
}

Sizes Sizes::bounded(std::size_t lowest, std::size_t highest) const {
    Sizes bounded = *this;
    if (shape_ == Shape::exponential) {
        bounded.highest_ = std::min(highest_, highest);
        bounded.lowest_ = std::min(std::max(lowest_, lowest), bounded.highest_);
    }
    return bounded;
}

double Sizes::mean() const {
    if (!are_drawn()) return asked_mean_;
    double sum = 0;
    for (std::size_t i = 0; i < draws; ++i) sum += static_cast<double>(quantile(share_of(i)));
    return sum / static_cast<double>(draws);
}

std::size_t Sizes::quantile(double share) const {
    switch (shape_) {
        case Shape::fixed: break;
        case Shape::uniform:
            return lowest_ + static_cast<std::size_t>(share * static_cast<double>(highest_ - lowest_ + 1));
        case Shape::exponential: {
            const auto size = static_cast<std::size_t>(std::llround(-std::log1p(-share) * asked_mean_));
            return std::clamp(size, lowest_, highest_);
        }
    }
    return lowest_;
}

std::string Sizes::text() const {
    switch (shape_) {
        case Shape::fixed: break;
        case Shape::uniform: return fmt::format("uniform:{}-{}", lowest_, highest_);
        case Shape::exponential: return fmt::format("exponential:{}", asked_mean_);
    }
    return std::to_string(lowest_);
}

std::string Sizes::words() const {
    if (!are_drawn()) return fmt::format("{} bytes", cli::grouped(lowest_));
    return fmt::format("{} to {} bytes ({}, mean {})", cli::grouped(lowest_), cli::grouped(highest_),
                       shape_ == Shape::uniform ? "uniform" : "exponential", mean_text(mean()));
}

std::vector<std::size_t> drawn(const Sizes& sizes, std::uint64_t seed) {
    if (!sizes.are_drawn()) return {sizes.lowest()};
    std::vector<std::size_t> all(Sizes::draws);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = sizes.quantile(share_of(i));
    std::mt19937_64 random(seed);
    std::ranges::shuffle(all, random);
    return all;
}

}  // namespace iomux::load
