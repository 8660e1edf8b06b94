#include "compare/report/brief_text.hpp"

#include <fmt/format.h>

#include <optional>
#include <string_view>
#include <vector>

#include "compare/comparison/brief.hpp"

namespace iomux::compare {
namespace {

constexpr std::string_view opening = "In brief:\n";

// ` (certain)`; empty if it is not known.
std::string strength_text(const Reason& reason) {
    return reason.strength ? fmt::format(" ({})", text_of(*reason.strength)) : "";
}

// Several reasons would be too long for a line, and the figures are in the tables.
std::string reason_text(const std::vector<Reason>& why) {
    if (why.size() > 1) {
        std::vector<std::string> points;
        for (const Reason& reason : why) points.push_back(reason.point + strength_text(reason));
        return fmt::format("at {}", fmt::join(points, ", "));
    }
    const Reason& only = why.front();
    return only.point.empty() ? only.text : fmt::format("{}: {}", only.point, only.text);
}

std::string line_of(const Answer& answer) {
    // A sentence says itself how sure it is.
    const bool is_sentence = answer.answer.ends_with('.');
    const std::string strength = is_sentence || answer.why.size() > 1 ? "" : strength_text(answer.why.front());
    return fmt::format("{}: {}{}{}{}.\n", answer.question, answer.answer, strength, is_sentence ? " " : "; ",
                       reason_text(answer.why));
}

std::vector<std::string> lines_of(const Results& results) {
    std::vector<std::string> lines;
    for (const Answer& answer : answers_from(results.experiments))
        if (!answer.answer.empty()) lines.push_back(line_of(answer));
    for (const Experiment& experiment : results.experiments)
        if (experiment.name == single_comparison)
            if (const std::string verdict = verdict_line(experiment); !verdict.empty()) lines.push_back(verdict);
    return lines;
}

}  // namespace

std::string verdict_line(const Experiment& experiment) {
    for (auto point = experiment.points.rbegin(); point != experiment.points.rend(); ++point)
        if (const std::optional<Statement> verdict = verdict_on(*point))
            return fmt::format("Verdict: {}\n", verdict->text);
    return "";
}

std::string brief_text(const Results& results) {
    const std::vector<std::string> lines = lines_of(results);
    return lines.empty() ? "" : fmt::format("{}{}", opening, fmt::join(lines, ""));
}

std::string brief_markdown(const Results& results) {
    const std::vector<std::string> lines = lines_of(results);
    return lines.empty() ? "" : fmt::format("{}\n- {}", opening, fmt::join(lines, "- "));
}

}  // namespace iomux::compare
