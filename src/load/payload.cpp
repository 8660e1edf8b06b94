#include "load/payload.hpp"

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
// offset before it comes to one again.
Payload::Payload(std::size_t size, std::string_view suffix)
    : size_(size), period_(prime_above(std::max(size, shortest_period))) {
    const std::string alphabet = alphabet_without(suffix);
    // Not seeded: what has gone wrong once can be had again.
    std::mt19937 random;  // NOLINT(cert-msc51-cpp)
    std::uniform_int_distribution<std::size_t> letter(0, alphabet.size() - 1);
    text_.resize(period_ + size_);
    std::generate_n(text_.begin(), period_, [&] { return alphabet[letter(random)]; });
    std::copy_n(text_.begin(), size_, text_.begin() + static_cast<std::ptrdiff_t>(period_));
}

// Steps of the golden section scatter the connections evenly over the sequence, however many they are.
std::size_t Payload::first(std::size_t connection) const {
    const auto step = static_cast<std::size_t>(0.618034 * static_cast<double>(period_));
    const std::size_t place = connection % period_ * step % period_;
    return place * size_ % period_;
}

}  // namespace iomux::load
