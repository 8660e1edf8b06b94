#include "compare/report/brief_text.hpp"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "compare/comparison/brief.hpp"

namespace iomux::compare {
namespace {

constexpr std::string_view opening = "In brief:\n";

// Several reasons would be too long for a line, and the figures are in the tables.
std::string reason_text(const std::vector<Reason>& why) {
    if (why.size() > 1) {
        std::vector<std::string_view> points;
        for (const Reason& reason : why) points.push_back(reason.point);
        return fmt::format("at {}", fmt::join(points, ", "));
    }
    const auto& [scenario, point, text] = why.front();
    return point.empty() ? text : fmt::format("{}: {}", point, text);
}

std::string line_of(const Answer& answer) {
    const std::string_view separator = answer.answer.ends_with('.') ? " " : "; ";
    return fmt::format("{}: {}{}{}.\n", answer.question, answer.answer, separator, reason_text(answer.why));
}

std::vector<std::string> lines_of(const Results& results) {
    std::vector<std::string> lines;
    for (const Answer& answer : answers_from(results.experiments))
        if (!answer.answer.empty()) lines.push_back(line_of(answer));
    return lines;
}

}  // namespace

std::string brief_text(const Results& results) {
    const std::vector<std::string> lines = lines_of(results);
    return lines.empty() ? "" : fmt::format("{}{}", opening, fmt::join(lines, ""));
}

std::string brief_markdown(const Results& results) {
    const std::vector<std::string> lines = lines_of(results);
    return lines.empty() ? "" : fmt::format("{}\n- {}", opening, fmt::join(lines, "- "));
}

}  // namespace iomux::compare
