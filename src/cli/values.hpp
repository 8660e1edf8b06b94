#pragma once

#include <boost/any.hpp>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace iomux::cli {

/// A whole number within bounds, so that `--port 70000` and `--port -1` are refused and not wrapped.
template <std::uint64_t Lowest, std::uint64_t Highest>
struct Whole {
    std::uint64_t value = Lowest;
    auto operator<=>(const Whole&) const = default;
};

/// Bytes: `65536`, `64K`, `1M`, `1G` (powers of 1,024).
struct Size {
    std::size_t bytes = 0;
    auto operator<=>(const Size&) const = default;
};

/// Time: `5` (seconds), `0.5`, `5s`, `250ms`, `2m`.
struct Duration {
    std::chrono::nanoseconds time{0};
    auto operator<=>(const Duration&) const = default;
};

/// Each throws std::invalid_argument with a sentence about what is allowed.
std::uint64_t parse_whole(std::string_view text, std::uint64_t lowest, std::uint64_t highest);
Size parse_size(std::string_view text);
Duration parse_duration(std::string_view text);

std::ostream& operator<<(std::ostream& out, Size size);
std::ostream& operator<<(std::ostream& out, Duration duration);
template <std::uint64_t Lowest, std::uint64_t Highest>
std::ostream& operator<<(std::ostream& out, Whole<Lowest, Highest> number) {
    return out << number.value;
}

/// The one value of an option, as Program_options hands it over.
std::string only_value(const std::vector<std::string>& values);
/// Throws what Program_options reports with the option's name: `in option '--size': ...`.
[[noreturn]] void refuse_value(const std::string& value, const std::string& why);

// Found by Program_options through argument-dependent lookup.
void validate(boost::any& target, const std::vector<std::string>& values, Size*, int);
void validate(boost::any& target, const std::vector<std::string>& values, Duration*, int);

template <std::uint64_t Lowest, std::uint64_t Highest>
void validate(boost::any& target, const std::vector<std::string>& values, Whole<Lowest, Highest>*, int) {
    const std::string text = only_value(values);
    try {
        target = Whole<Lowest, Highest>{parse_whole(text, Lowest, Highest)};
    } catch (const std::invalid_argument& refusal) {
        refuse_value(text, refusal.what());
    }
}

using Port = Whole<0, 65535>;
using Count = Whole<1, 1'000'000'000>;

}  // namespace iomux::cli
