#include "load/workload/payload.hpp"

#include <algorithm>
#include <random>

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

}  // namespace

// The period is a prime above the message size, so they have no common factor: the sequence visits every offset before
// it repeats one. With random sizes, that holds for the sum of all draws.
Payload::Payload(const Sizes& sizes, std::string_view suffix, std::uint64_t seed)
    : sizes_(drawn(sizes, seed)),
      drawn_(sizes.are_drawn()),
      period_(prime_above(std::max(sizes.highest(), shortest_period))) {
    const std::string alphabet = alphabet_without(suffix);
    // Always the same seed, so that an error can be reproduced.
    std::mt19937 random;  // NOLINT(cert-msc51-cpp)
    std::uniform_int_distribution<std::size_t> letter(0, alphabet.size() - 1);
    text_.resize(period_ + sizes.highest());
    std::generate_n(text_.begin(), period_, [&] { return alphabet[letter(random)]; });
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
