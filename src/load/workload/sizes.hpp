#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace iomux::load {

/// The sizes of messages in bytes: fixed or random.
class Sizes {
public:
    /// The number of random sizes before the sequence repeats. It is a prime, so that no other sequence stays in step.
    static constexpr std::size_t draws = 4093;

    /// All messages have `size` bytes.
    Sizes(std::size_t size) : Sizes(Shape::fixed, size, size, static_cast<double>(size)) {}
    /// Uniformly distributed from `lowest` to `highest`. `lowest` is not above `highest`.
    static Sizes uniform(std::size_t lowest, std::size_t highest);
    /// Exponentially distributed, from 1 byte to nine times the mean. Only 1 message in 8,000 would be longer, so none
    /// is. `mean` is at least 1.
    static Sizes exponential(std::size_t mean);
    /// The same sizes limited to `lowest` and `highest` if they are exponential. Other sizes do not change.
    Sizes bounded(std::size_t lowest, std::size_t highest) const;

    bool are_drawn() const { return shape_ != Shape::fixed; }
    std::size_t lowest() const { return lowest_; }
    std::size_t highest() const { return highest_; }
    /// The mean of the sizes, after limits.
    double mean() const;
    /// The size that a share of the messages does not exceed. The share is from 0 to below 1.
    std::size_t quantile(double share) const;

    /// In the syntax of the command line: `64`, `uniform:16-1024`, `exponential:256`.
    std::string text() const;
    /// For people: `64 bytes`, `16 to 1,024 bytes (uniform, mean 520)`, `1 to 2,307 bytes (exponential, mean 256)`.
    std::string words() const;

    bool operator==(const Sizes&) const = default;

private:
    enum class Shape { fixed, uniform, exponential };

    Sizes(Shape shape, std::size_t lowest, std::size_t highest, double asked_mean)
        : shape_(shape), lowest_(lowest), highest_(highest), asked_mean_(asked_mean) {}

    Shape shape_;
    std::size_t lowest_;
    std::size_t highest_;
    double asked_mean_;  // exponential: before limits
};

/// The sizes of consecutive messages, to be repeated: a single size if all are equal, otherwise evenly spaced quantiles
/// of the distribution in random order. So every `draws` messages have exactly the distribution, and a comparison does
/// not depend on luck. The same seed gives the same order.
std::vector<std::size_t> drawn(const Sizes& sizes, std::uint64_t seed);

}  // namespace iomux::load
