#include "values.hpp"

#include <fmt/ostream.h>

#include <boost/algorithm/string/predicate.hpp>
#include <chrono>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>

#include "cli/values.hpp"
#include "fuzzing.hpp"

namespace iomux::fuzz {
namespace {

using Number = std::optional<std::uint64_t>;

/// The value that a parser returns for the text; nothing if the parser throws.
template <class Parse>
auto read_by(Parse parse, std::string_view text) -> std::optional<decltype(parse(text))> {
    try {
        return parse(text);
    } catch (const std::invalid_argument& refusal) {
        require(*refusal.what() != '\0', "an error says what is expected");
        return std::nullopt;
    }
}

Number times(Number number, std::uint64_t factor) {
    if (!number || *number > std::numeric_limits<std::uint64_t>::max() / factor) return std::nullopt;
    return *number * factor;
}

Number number_of(std::string_view digits) {
    if (digits.empty()) return std::nullopt;
    Number number = 0;
    for (const char digit : digits) {
        if (digit < '0' || digit > '9') return std::nullopt;
        number = times(number, 10);
        const auto value = static_cast<std::uint64_t>(digit - '0');
        if (!number || *number > std::numeric_limits<std::uint64_t>::max() - value) return std::nullopt;
        *number += value;
    }
    return number;
}

// `128`, `128B`, `64K`, `64KiB`, and so on with M and G; in any case.
Number size_of(std::string_view text) {
    const auto strip = [&text](std::string_view ending) {
        if (text.size() < ending.size() || !boost::iequals(text.substr(text.size() - ending.size()), ending))
            return false;
        text.remove_suffix(ending.size());
        return true;
    };
    std::uint64_t factor = 1;
    if (strip("KiB") || strip("K"))
        factor = 1024;
    else if (strip("MiB") || strip("M"))
        factor = 1024 * 1024;
    else if (strip("GiB") || strip("G"))
        factor = 1024 * 1024 * 1024;
    else
        strip("B");
    return times(number_of(text), factor);
}

template <class Value>
std::string printed(const Value& value) {
    return fmt::format("{}", fmt::streamed(value));
}

}  // namespace

void check_values(std::string_view text) {
    constexpr std::uint64_t lowest = 3, highest = 70000;
    const Number digits = number_of(text);
    const bool is_within = digits && *digits >= lowest && *digits <= highest;
    const auto parse_bounded = [](std::string_view of) { return cli::parse_whole(of, lowest, highest); };
    require(read_by(parse_bounded, text) == (is_within ? digits : std::nullopt),
            "a whole number has the value of its digits, within bounds");

    const std::optional<cli::Size> size = read_by(cli::parse_size, text);
    require((size ? Number(size->bytes) : std::nullopt) == size_of(text),
            "a size has the value of its digits times its unit");
    require(!size || cli::parse_size(printed(*size)) == *size, "a printed size is parsed as the same size");

    const std::optional<cli::Duration> duration = read_by(cli::parse_duration, text);
    if (!duration) return;
    require(duration->time.count() >= 0 && duration->time <= std::chrono::hours(365 * 24), "a time is within a year");
    require(read_by(cli::parse_duration, printed(*duration)).has_value(), "a printed time can be parsed");
}

}  // namespace iomux::fuzz
