#include "compare/claims/claims.hpp"

#include <fmt/format.h>

#include <array>
#include <cstring>

#include "compare/claims/claim_words.hpp"
#include "compare/terminal/table.hpp"

namespace iomux::compare {

std::string_view name_of(ClaimVerdict verdict) {
    constexpr std::array<std::string_view, 4> names{"holds", "holds_only_when", "does_not_hold", "not_measured"};
    return names[static_cast<std::size_t>(verdict)];
}

ClaimFigure counted(std::string name, std::size_t count, std::string unit) {
    return {std::move(name), static_cast<double>(count), std::move(unit)};
}

ClaimFigure yes_or_no(std::string name, bool yes) {
    return {std::move(name), yes ? 1.0 : 0.0, std::string(yes_or_no_unit)};
}

ClaimFigure percent(std::string name, double share) { return {std::move(name), share * 100, "%"}; }

std::string in_figures(std::size_t count) { return grouped(count); }

std::string plural(std::size_t count, std::string_view noun) {
    return fmt::format("{} {}{}", in_figures(count), noun, count == 1 ? "" : "s");
}

std::string listed(std::span<const std::size_t> counts) {
    std::string text;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        if (i > 0) text += i + 1 == counts.size() ? " and " : ", ";
        text += in_figures(counts[i]);
    }
    return text;
}

std::string symbol(const std::error_code& error) {
    const char* name = ::strerrorname_np(error.value());
    return error && name != nullptr ? name : "no error";
}

void decide(Claim& claim, ClaimVerdict verdict, std::string why) {
    claim.verdict = verdict;
    claim.why = std::move(why);
}

}  // namespace iomux::compare
