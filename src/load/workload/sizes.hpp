#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace iomux::load {

/// How many bytes messages have: all alike, or drawn.
class Sizes {
public:
    /// As many are drawn before they come again. A prime, so that no other sequence keeps step with them.
    static constexpr std::size_t draws = 4093;

    /// All of `size` bytes.
    Sizes(std::size_t size) : Sizes(Shape::fixed, size, size, static_cast<double>(size)) {}
    /// Each from `lowest` to `highest` as likely as the others. `lowest` is not above `highest`.
    static Sizes uniform(std::size_t lowest, std::size_t highest);
    /// Many short ones and few long ones, of 1 byte to nine times the mean: longer than that is one of 8,000, and none
    /// of those is drawn. `mean` is at least 1.
    static Sizes exponential(std::size_t mean);
    /// The same with what is shorter or longer drawn as `lowest` or `highest`, where it is exponential; others are what
    /// they were asked to be.
    Sizes bounded(std::size_t lowest, std::size_t highest) const;

    bool are_drawn() const { return shape_ != Shape::fixed; }
    std::size_t lowest() const { return lowest_; }
    std::size_t highest() const { return highest_; }
    /// Of the sizes that are drawn: a bound moves it.
    double mean() const;
    /// What a share of the messages (0 to 1, 1 excluded) is not longer than.
    std::size_t quantile(double share) const;

    /// As the command line takes it: `64`, `uniform:16-1024`, `exponential:256`.
    std::string text() const;
    /// `64 bytes`, `16 to 1024 bytes (uniform, mean 520)`, `1 to 2307 bytes (exponential, mean 256)`
    std::string words() const;

    bool operator==(const Sizes&) const = default;

private:
    enum class Shape { fixed, uniform, exponential };

    Sizes(Shape shape, std::size_t lowest, std::size_t highest, double asked_mean)
        : shape_(shape), lowest_(lowest), highest_(highest), asked_mean_(asked_mean) {}

    Shape shape_;
    std::size_t lowest_;
    std::size_t highest_;
    double asked_mean_;  // exponential: before bounds
};

/// The sizes of messages that follow one another, to be gone through again and again: one where all are alike,
/// otherwise the quantiles of the distribution, evenly spaced, in a random order. So each `draws` messages together
/// have the distribution, not only very many, and a comparison is not about who was lucky. The same seed makes the same
/// order.
std::vector<std::size_t> drawn(const Sizes& sizes, std::uint64_t seed);

}  // namespace iomux::load
