#pragma once

#include <boost/any.hpp>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <limits>
#include <stdexcept>
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

/// Bytes: `65536`, `64K`, `1M`, `1G` (powers of 1,024), also written `100B`, `64KiB`, `1MiB`, `1GiB`.
struct Size {
    std::size_t bytes = 0;
    auto operator<=>(const Size&) const = default;
};

/// Time: `5` (seconds), `0.5`, `5s`, `250ms`, `20us`, `300ns`, `2m`.
struct Duration {
    std::chrono::nanoseconds time{0};
    auto operator<=>(const Duration&) const = default;
};

/// A part of something: `2%`, `0.5%`.
struct Share {
    double of_one = 0;  ///< 0.02 for 2 %.
    auto operator<=>(const Share&) const = default;
};

/// Each throws std::invalid_argument with a sentence about what is allowed.
std::uint64_t parse_whole(std::string_view text, std::uint64_t lowest, std::uint64_t highest);
Size parse_size(std::string_view text);
Duration parse_duration(std::string_view text);
/// More than 0 and up to 100 %.
Share parse_share(std::string_view text);

std::ostream& operator<<(std::ostream& out, Size size);
std::ostream& operator<<(std::ostream& out, Duration duration);
std::ostream& operator<<(std::ostream& out, Share share);
template <std::uint64_t Lowest, std::uint64_t Highest>
std::ostream& operator<<(std::ostream& out, Whole<Lowest, Highest> number) {
    return out << number.value;
}

/// The one value of an option, as Program_options hands it over.
std::string only_value(const std::vector<std::string>& values);
/// Throws what Program_options reports with the option's name: `in option '--size': ...`.
[[noreturn]] void refuse_value(const std::string& value, const std::string& why);

/// Takes what `parse` makes of the text, or refuses it in the words that `parse` throws.
template <class Parse>
void validate_with(Parse parse, boost::any& target, const std::vector<std::string>& values) {
    const std::string text = only_value(values);
    try {
        target = parse(text);
    } catch (const std::invalid_argument& refusal) {
        refuse_value(text, refusal.what());
    }
}

// Found by Program_options through argument-dependent lookup.
void validate(boost::any& target, const std::vector<std::string>& values, Size*, int);
void validate(boost::any& target, const std::vector<std::string>& values, Duration*, int);
void validate(boost::any& target, const std::vector<std::string>& values, Share*, int);

template <std::uint64_t Lowest, std::uint64_t Highest>
void validate(boost::any& target, const std::vector<std::string>& values, Whole<Lowest, Highest>*, int) {
    validate_with([](std::string_view text) { return Whole<Lowest, Highest>{parse_whole(text, Lowest, Highest)}; },
                  target, values);
}

using Port = Whole<0, 65535>;
using Count = Whole<1, 1'000'000'000>;

}  // namespace iomux::cli
