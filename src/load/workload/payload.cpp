#include "load/workload/payload.hpp"

#include <algorithm>
#include <random>

namespace iomux::load {
namespace {

// Long enough that slices do not soon come again, and short enough for a core's cache.
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

// A prime period that is longer than a message has no factor in common with its size: the sequence comes to every
// offset before it comes to one again. Where sizes are drawn, that is so of all draws together.
Payload::Payload(const Sizes& sizes, std::string_view suffix, std::uint64_t seed)
    : sizes_(drawn(sizes, seed)),
      drawn_(sizes.are_drawn()),
      period_(prime_above(std::max(sizes.highest(), shortest_period))) {
    const std::string alphabet = alphabet_without(suffix);
    // Not seeded: what has gone wrong once can be had again.
    std::mt19937 random;  // NOLINT(cert-msc51-cpp)
    std::uniform_int_distribution<std::size_t> letter(0, alphabet.size() - 1);
    text_.resize(period_ + sizes.highest());
    std::generate_n(text_.begin(), period_, [&] { return alphabet[letter(random)]; });
    std::copy_n(text_.begin(), sizes.highest(), text_.begin() + static_cast<std::ptrdiff_t>(period_));
}

// Steps of the golden section scatter the connections evenly over the sequence, however many they are.
Payload::Slice Payload::first(std::size_t connection) const {
    const auto place_in = [connection](std::size_t whole) {
        const auto step = static_cast<std::size_t>(0.618034 * static_cast<double>(whole));
        return connection % whole * step % whole;
    };
    const std::size_t draw = place_in(sizes_.size());
    return {place_in(period_) * sizes_.front() % period_, sizes_[draw], draw};
}

}  // namespace iomux::load
