#include "load/workload/payload.hpp"

#include <algorithm>
#include <random>
#include <span>

namespace iomux::load {
namespace {

// Long enough that slices do not soon repeat, and short enough for the cache of a core.
constexpr std::size_t shortest_period = 64 * 1024;

bool is_prime(std::size_t number) {
    for (std::size_t divisor = 2; divisor * divisor <= number; ++divisor)
        if (number % divisor == 0) return false;
    return true;
}

std::size_t prime_above(std::size_t number) {
    do ++number;
    while (!is_prime(number));
    return number;
}

std::string alphabet_without(std::string_view suffix) {
    std::string letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    if (!suffix.empty()) std::erase(letters, suffix.front());
    return letters;
}

// Each random number gives several letters, so that a text of 1 GiB takes about a second.
void fill_with_letters(std::span<char> text, std::string_view alphabet) {
    constexpr int bits_per_letter = 16, letters_per_number = 64 / bits_per_letter;
    constexpr std::uint64_t mask = (1u << bits_per_letter) - 1;
    // Always the same seed, so that an error can be reproduced.
    std::mt19937_64 random;  // NOLINT(cert-msc51-cpp)
    for (std::size_t at = 0; at < text.size();) {
        std::uint64_t number = random();
        for (int i = 0; i < letters_per_number && at < text.size(); ++i, number >>= bits_per_letter)
            text[at++] = alphabet[(number & mask) * alphabet.size() >> bits_per_letter];
    }
}

}  // namespace

// The period is a prime above the message size, so they have no common factor: the sequence visits every offset before
// it repeats one. With random sizes, that holds for the sum of all draws.
Payload::Payload(const Sizes& sizes, std::string_view suffix, std::uint64_t seed)
    : sizes_(drawn(sizes, seed)),
      drawn_(sizes.are_drawn()),
      period_(prime_above(std::max(sizes.highest(), shortest_period))) {
    const std::string alphabet = alphabet_without(suffix);
    text_.resize(period_ + sizes.highest());
    fill_with_letters(std::span(text_).first(period_), alphabet);
    std::copy_n(text_.begin(), sizes.highest(), text_.begin() + static_cast<std::ptrdiff_t>(period_));
}

// Multiples of the golden ratio spread any number of connections evenly over the sequence.
Payload::Slice Payload::first(std::size_t connection) const {
    const auto place_in = [connection](std::size_t whole) {
        const auto step = static_cast<std::size_t>(0.618034 * static_cast<double>(whole));
        return connection % whole * step % whole;
    };
    const std::size_t draw = place_in(sizes_.size());
    return {place_in(period_) * sizes_.front() % period_, sizes_[draw], draw};
}

}  // namespace iomux::load
