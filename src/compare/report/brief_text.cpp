#include "compare/report/brief_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "compare/comparison/brief.hpp"
#include "compare/comparison/ranking_text.hpp"

namespace iomux::compare {
namespace {

constexpr std::string_view opening = "In brief:\n";

// ` (certain)`; empty if it is not known.
std::string strength_text(const Reason& reason) {
    return reason.strength ? fmt::format(" ({})", text_of(*reason.strength)) : "";
}

// The load stands first, unless the question says it. Of several reasons only the ratios are named, because their texts
// would be too long.
std::string reason_text(const Answer& answer) {
    if (answer.why.size() > 1) {
        std::vector<std::string> ratios;
        for (const Reason& reason : answer.why)
            ratios.push_back(fmt::format("{}: {}{}", reason.load, reason.ratio, strength_text(reason)));
        return fmt::format("{}", fmt::join(ratios, ", "));
    }
    const Reason& only = answer.why.front();
    const bool is_said = answer.question.find(only.load) != std::string::npos;
    return is_said ? only.text : fmt::format("{}: {}", only.load, only.text);
}

std::string line_of(const Answer& answer) {
    // A sentence says itself how sure it is.
    const bool is_sentence = answer.answer.ends_with('.');
    const std::string strength = is_sentence || answer.why.size() > 1 ? "" : strength_text(answer.why.front());
    return fmt::format("{}: {}{}{}{}.\n", answer.question, answer.answer, strength, is_sentence ? " " : "; ",
                       reason_text(answer));
}

// Why `minimal` is in none of the rankings that the answers are from; empty if it was not measured there.
std::string unranked_line(const std::vector<Answer>& answers, const std::vector<Experiment>& experiments) {
    const auto is_ranking = [](const auto& ranked) { return ranked.second.order.size() > 1; };
    for (const Answer& answer : answers)
        for (const Reason& reason : answer.why)
            for (const Point& point : std::ranges::find(experiments, reason.scenario, &Experiment::name)->points)
                if (point.label == reason.point && std::ranges::any_of(point.summary.rankings, is_ranking))
                    if (const std::string unranked = unranked_text(point); !unranked.empty())
                        return unranked + ", because it handles neither partial writes nor slow readers.\n";
    return "";
}

std::vector<std::string> lines_of(const Results& results) {
    std::vector<std::string> lines;
    const std::vector<Answer> answers = answers_from(results.experiments);
    for (const Answer& answer : answers)
        if (!answer.answer.empty()) lines.push_back(line_of(answer));
    if (std::string line = unranked_line(answers, results.experiments); !line.empty()) lines.push_back(std::move(line));
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
