#include "cli/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cli/printable.hpp"

namespace iomux::cli {
namespace {

constexpr std::size_t characters_per_error = 3;

char lower(char character) {
    return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a') : character;
}

bool are_equal(char one, char other) { return lower(one) == lower(other); }

// Optimal string alignment: no character is edited twice. `rows[i][j]` is the distance between the first i characters
// of one and the first j of the other.
std::size_t distance(std::string_view one, std::string_view other) {
    std::vector<std::vector<std::size_t>> rows(one.size() + 1, std::vector<std::size_t>(other.size() + 1));
    for (std::size_t i = 0; i <= one.size(); ++i) rows[i][0] = i;
    for (std::size_t j = 0; j <= other.size(); ++j) rows[0][j] = j;
    for (std::size_t i = 1; i <= one.size(); ++i)
        for (std::size_t j = 1; j <= other.size(); ++j) {
            const std::size_t replaced = rows[i - 1][j - 1] + (are_equal(one[i - 1], other[j - 1]) ? 0 : 1);
            rows[i][j] = std::min({rows[i - 1][j] + 1, rows[i][j - 1] + 1, replaced});
            if (i > 1 && j > 1 && are_equal(one[i - 1], other[j - 2]) && are_equal(one[i - 2], other[j - 1]))
                rows[i][j] = std::min(rows[i][j], rows[i - 2][j - 2] + 1);
        }
    return rows[one.size()][other.size()];
}

}  // namespace

std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> known) {
    std::optional<std::string_view> best;
    std::size_t fewest = 0;
    for (const std::string_view name : known) {
        const std::size_t longer = std::max(word.size(), name.size());
        const std::size_t shorter = std::min(word.size(), name.size());
        const std::size_t most = std::max<std::size_t>(1, longer / characters_per_error);
        // The difference in length is a lower bound, so a very long word costs nothing.
        if (longer - shorter > most) continue;
        const std::size_t errors = distance(word, name);
        // With as many errors as characters, nothing of the name is left.
        if (errors > most || errors >= shorter || (best && errors >= fewest)) continue;
        best = name;
        fewest = errors;
    }
    return best;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> known) {
    const auto name = nearest(word, known);
    return name ? fmt::format("; did you mean \"{}\"?", *name) : "";
}

std::string not_one_of(std::string_view word, std::span<const std::string_view> allowed) {
    return fmt::format("not one of {}{}", fmt::join(allowed, ", "), did_you_mean(word, allowed));
}

std::string not_known(std::string_view kind, std::string_view word, std::span<const std::string_view> known) {
    const std::string meant = did_you_mean(word, known);
    return fmt::format("no {} named \"{}\"{}", kind, excerpt(word),
                       meant.empty() ? fmt::format("; the {}s are {}", kind, fmt::join(known, ", ")) : meant);
}

}  // namespace iomux::cli
