#include "cli/values.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/program_options/errors.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <charconv>
#include <ostream>
#include <stdexcept>
#include <utility>

#include "cli/printable.hpp"
#include "cli/program.hpp"

namespace iomux::cli {
namespace {

using namespace std::chrono;

// Splits the text into the number at its beginning and the rest.
template <class Number>
std::pair<Number, std::string_view> split_number(std::string_view text, const char* expected) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number < Number{}) throw std::invalid_argument(expected);
    return {number, text.substr(static_cast<std::size_t>(end - text.data()))};
}

char in_lower_case(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::uint64_t parse_whole(std::string_view text, std::uint64_t lowest, std::uint64_t highest) {
    const std::string expected = fmt::format("expected a whole number from {} to {}", lowest, highest);
    const auto [number, rest] = split_number<std::uint64_t>(text, expected.c_str());
    if (!rest.empty() || number < lowest || number > highest) throw std::invalid_argument(expected);
    return number;
}

Size parse_size(std::string_view text) {
    constexpr const char* expected =
        "expected a size in bytes such as 65536, 64K or 1M; K, M and G (also KiB, MiB, GiB) are powers of 1,024";
    constexpr std::array<std::pair<std::string_view, int>, 8> units{
        {{"", 0}, {"b", 0}, {"k", 10}, {"kib", 10}, {"m", 20}, {"mib", 20}, {"g", 30}, {"gib", 30}}};
    const auto [number, unit] = split_number<std::uint64_t>(text, expected);
    for (const auto& [name, shift] : units)
        if (std::ranges::equal(unit, name, {}, in_lower_case) &&
            number <= std::numeric_limits<std::size_t>::max() >> shift)
            return {static_cast<std::size_t>(number) << shift};
    throw std::invalid_argument(expected);
}

Duration parse_duration(std::string_view text) {
    constexpr const char* expected = "expected a time such as 5, 0.5, 250ms, 5s or 2m";
    constexpr double longest_seconds = 365.0 * 24 * 3600;
    constexpr std::array units{std::pair{std::string_view(""), 1.0},    std::pair{std::string_view("s"), 1.0},
                               std::pair{std::string_view("ms"), 1e-3}, std::pair{std::string_view("us"), 1e-6},
                               std::pair{std::string_view("ns"), 1e-9}, std::pair{std::string_view("m"), 60.0}};
    const auto [number, unit] = split_number<double>(text, expected);
    for (const auto& [name, factor] : units)
        if (unit == name && number * factor <= longest_seconds)
            return {duration_cast<nanoseconds>(duration<double>(number * factor))};
    throw std::invalid_argument(expected);
}

Share parse_share(std::string_view text) {
    constexpr const char* expected = "expected a percentage such as 2% or 0.5%";
    const auto [number, unit] = split_number<double>(text, expected);
    if (unit != "%" || !(number > 0) || number > 100) throw std::invalid_argument(expected);
    return {number / 100};
}

std::ostream& operator<<(std::ostream& out, Size size) {
    for (const auto& [name, shift] : {std::pair{"M", 20}, std::pair{"K", 10}})
        if (size.bytes != 0 && size.bytes % (std::size_t{1} << shift) == 0) return out << (size.bytes >> shift) << name;
    return out << size.bytes;
}

std::ostream& operator<<(std::ostream& out, Duration duration) {
    if (duration.time % seconds(1) == nanoseconds(0))
        return out << duration_cast<seconds>(duration.time).count() << "s";
    return out << std::chrono::duration<double, std::milli>(duration.time).count() << "ms";
}

std::ostream& operator<<(std::ostream& out, Share share) { return out << share.of_one * 100 << "%"; }

std::string only_value(const std::vector<std::string>& values) {
    return boost::program_options::validators::get_single_string(values);
}

void refuse_value(const std::string& value, const std::string& why) {
    throw boost::program_options::error_with_option_name("%canonical_option% " + shown_value(value) + ": " + why);
}

std::vector<std::string> split_list(std::string_view option, const std::string& list) {
    std::vector<std::string> entries(1);
    for (const char c : list)
        if (c == ',')
            entries.emplace_back();
        else
            entries.back() += c;
    if (std::ranges::any_of(entries, &std::string::empty))
        throw UsageError(fmt::format("{}: \"{}\" has an empty entry", option, excerpt(list)));
    return entries;
}

std::string shown_value(std::string_view value) { return value.empty() ? "\"\"" : excerpt(value); }

void validate(boost::any& target, const std::vector<std::string>& values, Size*, int) {
    validate_with(parse_size, target, values);
}

void validate(boost::any& target, const std::vector<std::string>& values, Duration*, int) {
    validate_with(parse_duration, target, values);
}

void validate(boost::any& target, const std::vector<std::string>& values, Share*, int) {
    validate_with(parse_share, target, values);
}

}  // namespace iomux::cli
