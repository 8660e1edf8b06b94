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

/// A whole number within bounds. `--port 70000` and `--port -1` are refused instead of wrapping around.
template <std::uint64_t Lowest, std::uint64_t Highest>
struct Whole {
    std::uint64_t value = Lowest;
    auto operator<=>(const Whole&) const = default;
};

/// Bytes: `65536`, `64K`, `1M`, `1G` (powers of 1,024), also written `100B`, `64KiB`, `1MiB`, `1GiB`, or in lower case.
struct Size {
    std::size_t bytes = 0;
    auto operator<=>(const Size&) const = default;
};

/// Time: `5` (seconds), `0.5`, `5s`, `250ms`, `20us`, `300ns`, `2m`.
struct Duration {
    std::chrono::nanoseconds time{0};
    auto operator<=>(const Duration&) const = default;
};

/// A percentage: `2%`, `0.5%`.
struct Share {
    double of_one = 0;  ///< 0.02 means 2 %.
    auto operator<=>(const Share&) const = default;
};

/// Each throws std::invalid_argument; its text says what is allowed: `expected a whole number from 0 to 65535`.
std::uint64_t parse_whole(std::string_view text, std::uint64_t lowest, std::uint64_t highest);
Size parse_size(std::string_view text);
Duration parse_duration(std::string_view text);
/// More than 0 % and at most 100 %.
Share parse_share(std::string_view text);

std::ostream& operator<<(std::ostream& out, Size size);
std::ostream& operator<<(std::ostream& out, Duration duration);
std::ostream& operator<<(std::ostream& out, Share share);
template <std::uint64_t Lowest, std::uint64_t Highest>
std::ostream& operator<<(std::ostream& out, Whole<Lowest, Highest> number) {
    return out << number.value;
}

/// The only value of an option, from the list that Program_options passes.
std::string only_value(const std::vector<std::string>& values);
/// Throws a Program_options error, which adds the option's name: `--size 5x: expected a size such as …`.
[[noreturn]] void refuse_value(const std::string& value, const std::string& why);

/// The entries of a list such as `epoll,poll`. Throws UsageError, which names the option, if an entry is empty.
std::vector<std::string> split_list(std::string_view option, const std::string& list);

/// A value as errors show it: an empty one is `""`, a long one is cut, and bytes that are not printable are escaped.
std::string shown_value(std::string_view value);

/// Stores what `parse` returns for the text. If `parse` throws, the option is refused with the text of that exception.
template <class Parse>
void validate_with(Parse parse, boost::any& target, const std::vector<std::string>& values) {
    const std::string text = only_value(values);
    try {
        target = parse(text);
    } catch (const std::invalid_argument& refusal) {
        refuse_value(text, refusal.what());
    }
}

// Program_options finds these by argument-dependent lookup.
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
