#include "compare/report/explanation_of_all_text.hpp"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "compare/comparison/ranking_text.hpp"
#include "compare/report/parts_text.hpp"
#include "compare/terminal/table.hpp"

namespace iomux::compare {
namespace {

struct PartLine {
    std::string us;
    std::string part;
};

std::string part_text(const PartCost& cost) {
    const std::string functions = functions_text(cost);
    return functions.empty() ? text_of(cost.part) : fmt::format("{}: {}", text_of(cost.part), functions);
}

// The largest first.
std::vector<PartLine> part_lines_of(const PartsSummary& parts) {
    std::vector<PartLine> lines;
    std::size_t told_apart = 0;
    double others = 0;
    for (const PartCost& cost : parts.parts) {
        if (!cost.told_apart) continue;
        if (++told_apart <= named_parts)
            lines.push_back({signed_us(cost.difference_us()), part_text(cost)});
        else
            others += cost.difference_us();
    }
    if (told_apart > named_parts)
        lines.push_back({signed_us(others), fmt::format("{} smaller part{}", told_apart - named_parts,
                                                        told_apart - named_parts == 1 ? "" : "s")});
    if (parts.not_told_apart && parts.parts.size() > told_apart)
        lines.push_back({signed_us(parts.not_told_apart->mean), not_told_apart_text(parts.parts.size() - told_apart)});
    return lines;
}

std::string ratio_cell(const Ratio& ratio) {
    const std::string text = with_interval(ratio.value, ratio.interval);
    return ratio.verdict == Verdict::not_told_apart ? text + " ?" : text;
}

bool is_told_apart(const ExplainedServer& server) {
    if (!server.beside_baseline || !server.beside_baseline->ratio) return false;
    const Verdict verdict = server.beside_baseline->ratio->verdict;
    return verdict == Verdict::less || verdict == Verdict::more;
}

// Up to the name of the baseline.
std::string told_apart_text(std::size_t told_apart, std::size_t compared) {
    if (compared == 0) return "No other server could be compared with";
    if (compared == 1) return fmt::format("The other server is{} told apart from", told_apart == 1 ? "" : " not");
    if (told_apart == 0) return fmt::format("None of {} servers is told apart from", compared);
    return fmt::format("{} of {} servers {} told apart from", told_apart, compared, told_apart == 1 ? "is" : "are");
}

}  // namespace

std::string sentences_on_all(const Explanation& explanation) {
    if (!explanation.baseline) return "No server could be measured.\n";
    const ExplainedServer& baseline = explanation.servers[*explanation.baseline];
    std::size_t compared = 0, told_apart = 0;
    for (const ExplainedServer& server : explanation.servers) {
        compared += server.beside_baseline ? 1 : 0;
        told_apart += is_told_apart(server) ? 1 : 0;
    }
    return fmt::format("{} {}, which takes {} µs of CPU time per message.\n", told_apart_text(told_apart, compared),
                       baseline.title, baseline.cost ? us_text(baseline.cost->mean) : "?");
}

std::string table_of_all(const Explanation& explanation, const Terminal& terminal) {
    Table table({"server", "CPU µs/msg", "ratio", "adds µs", "in"}, {4});
    for (std::size_t i = 0; i < explanation.servers.size(); ++i) {
        const ExplainedServer& server = explanation.servers[i];
        if (server.skipped || server.failed) {
            const std::string remark = server.skipped ? "skipped: " + *server.skipped : "failed: " + *server.failed;
            table.add_remark(server.title, remark,
                             server.skipped ? Table::RemarkStyle::quiet : Table::RemarkStyle::alarming);
            continue;
        }
        std::vector<std::string> cells{server.title, server.cost ? us_text(server.cost->mean) : "-"};
        if (!server.beside_baseline) {
            cells.insert(cells.end(), {i == explanation.baseline ? "1" : "-", "", ""});
            table.add(std::move(cells));
            continue;
        }
        const BesideBaseline& beside = *server.beside_baseline;
        cells.push_back(beside.ratio ? ratio_cell(*beside.ratio) : "-");
        std::vector<PartLine> lines = part_lines_of(beside.parts);
        if (lines.empty()) lines.emplace_back();
        for (PartLine& line : lines) {
            cells.insert(cells.end(), {std::move(line.us), std::move(line.part)});
            table.add(std::move(cells));
            cells = {"", "", ""};
        }
    }
    return table.text(terminal);
}

}  // namespace iomux::compare
