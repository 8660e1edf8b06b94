#include "compare/terminal/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/printable.hpp"

namespace iomux::compare {
namespace {

constexpr std::string_view gap = "  ";
constexpr std::string_view remark_indent = "    ";

constexpr std::string_view bold = "\033[1m";
constexpr std::string_view dim = "\033[2m";
constexpr std::string_view red = "\033[31m";
constexpr std::string_view plain = "\033[0m";

std::string padding(std::string_view text, std::size_t width) {
    return std::string(width - std::min(width, columns_of(text)), ' ');
}

// `text` ends with a line feed, which stays outside the colour.
std::string painted(std::string_view text, std::string_view paint, Style emphasis) {
    if (emphasis == Style::no) return std::string(text);
    text.remove_suffix(1);
    return fmt::format("{}{}{}\n", paint, text, plain);
}

}  // namespace

void Table::add(std::vector<std::string> cells) {
    for (std::string& cell : cells) cell = cli::well_formed_line(cell);
    lines_.push_back({.cells = std::move(cells)});
}

void Table::add_remark(std::string_view name, std::string_view remark, RemarkStyle style) {
    lines_.push_back({{cli::well_formed_line(name), cli::well_formed_line(remark)}, style});
}

std::vector<std::vector<std::string>> Table::lines() const {
    std::vector<std::vector<std::string>> lines;
    for (const Line& line : lines_) lines.push_back(line.cells);
    return lines;
}

std::vector<std::size_t> Table::widths() const {
    std::vector<std::size_t> widths;
    for (const std::string& cell : header_) widths.push_back(columns_of(cell));
    for (const Line& line : lines_) {
        const std::size_t aligned_cells = line.remark ? 1 : line.cells.size();
        for (std::size_t i = 0; i < aligned_cells; ++i) widths[i] = std::max(widths[i], columns_of(line.cells[i]));
    }
    return widths;
}

// Puts as many columns side by side as fit, and at least one.
std::vector<Table::Block> Table::blocks(const std::vector<std::size_t>& widths, std::size_t room) {
    std::vector<Block> blocks{{1, 1}};
    std::size_t used = widths[0];
    for (std::size_t i = 1; i < widths.size(); ++i) {
        const std::size_t more = gap.size() + widths[i];
        if (i > blocks.back().first && used + more > room) {
            blocks.push_back({i, i});
            used = widths[0];
        }
        blocks.back().end = i + 1;
        used += more;
    }
    return blocks;
}

bool Table::fits(const Terminal& terminal) const { return blocks(widths(), terminal.width).size() == 1; }

std::string Table::text(const Terminal& terminal) const {
    const std::vector<std::size_t> wide = widths();
    std::string text;
    for (const Block& block : blocks(wide, terminal.width)) {
        if (!text.empty()) text += "\n";
        text += text_of(block, wide, terminal);
    }
    return text;
}

std::string Table::text_of(const Block& block, const std::vector<std::size_t>& widths, const Terminal& terminal) const {
    const auto name_in = [&](const std::vector<std::string>& cells) {
        return cells.front() + padding(cells.front(), widths.front());
    };
    const auto aligned = [&](const std::vector<std::string>& cells) {
        std::string line = name_in(cells);
        for (std::size_t i = block.first; i < block.end; ++i) {
            const std::string space = padding(cells[i], widths[i]);
            const bool is_words = std::ranges::find(words_, i) != words_.end();
            line.append(gap).append(is_words ? cells[i] + space : space + cells[i]);
        }
        return line.erase(line.find_last_not_of(' ') + 1) + "\n";
    };
    std::string text = painted(aligned(header_), bold, terminal.style);
    for (const Line& line : lines_) {
        if (!line.remark)
            text += aligned(line.cells);
        else if (block.first == 1)  // A remark is not in a column of figures, so only the first block shows it.
            text += painted(wrapped(name_in(line.cells).append(gap), line.cells[1], terminal.width, remark_indent),
                            *line.remark == RemarkStyle::alarming ? red : dim, terminal.style);
    }
    return text;
}

}  // namespace iomux::compare
