#include "compare/report/claims_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "compare/terminal/table.hpp"

namespace iomux::compare {
namespace {

constexpr std::size_t line_width = 100;
constexpr std::string_view indent = "    ";

std::string_view title_of(ClaimVerdict verdict) {
    switch (verdict) {
        case ClaimVerdict::holds: return "Holds.";
        case ClaimVerdict::holds_only_when: return "Holds only when";
        case ClaimVerdict::does_not_hold: return "Does not hold.";
        default: return "Not measured.";
    }
}

std::string value_text(const ClaimFigure& figure) {
    if (figure.unit == yes_or_no_unit) return figure.value != 0 ? "yes" : "no";
    const bool whole = figure.value == std::round(figure.value) && !figure.interval;
    std::string value = whole ? grouped(figure.value) : grouped(figure.value, 2);
    if (figure.interval)
        value += fmt::format(" [{}–{}]", grouped(figure.interval->low, 2), grouped(figure.interval->high, 2));
    return figure.unit.empty() ? value : value + " " + figure.unit;
}

std::string figures_text(const std::vector<ClaimFigure>& figures) {
    std::string text;
    for (const ClaimFigure& figure : figures)
        text += (text.empty() ? "" : "; ") + figure.name + ": " + value_text(figure);
    return text;
}

std::string verdict_text(const Claim& claim) {
    std::string text = fmt::format("{} {}", title_of(claim.verdict), claim.why);
    if (!text.ends_with('.')) text += '.';
    return text;
}

}  // namespace

std::string text_of(std::span<const Claim> claims, const Terminal& terminal) {
    const auto paragraph = [width = std::min(line_width, terminal.width)](std::string_view first,
                                                                          std::string_view text) {
        return wrapped(first, text, width, indent);
    };
    std::string text;
    for (const Claim& claim : claims) {
        text += paragraph("", claim.statement) + paragraph("  - ", "Experiment: " + claim.experiment);
        if (!claim.figures.empty()) text += paragraph("  - ", "Figures: " + figures_text(claim.figures) + ".");
        text += paragraph("  = ", verdict_text(claim)) + "\n";
    }
    const auto count = [&](ClaimVerdict verdict) { return std::ranges::count(claims, verdict, &Claim::verdict); };
    return text +
           paragraph("", fmt::format("{} claims. Hold: {}; hold only under a condition: {}; do not hold: {}; not "
                                     "measured: {}.",
                                     claims.size(), count(ClaimVerdict::holds), count(ClaimVerdict::holds_only_when),
                                     count(ClaimVerdict::does_not_hold), count(ClaimVerdict::not_measured)));
}

}  // namespace iomux::compare
