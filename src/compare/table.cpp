#include "compare/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace iomux::compare {
namespace {

constexpr std::string_view gap = "  ";

constexpr std::string_view bold = "\033[1m";
constexpr std::string_view dim = "\033[2m";
constexpr std::string_view red = "\033[31m";
constexpr std::string_view plain = "\033[0m";

std::string padding(std::string_view text, std::size_t width) {
    return std::string(width - std::min(width, columns_of(text)), ' ');
}

std::string aligned(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
    std::string line = cells.front() + padding(cells.front(), widths.front());
    for (std::size_t i = 1; i < cells.size(); ++i)
        line.append(gap).append(padding(cells[i], widths[i])).append(cells[i]);
    return line;
}

std::string painted(const std::string& line, std::string_view paint, Table::Emphasis emphasis) {
    return emphasis == Table::Emphasis::yes ? fmt::format("{}{}{}\n", paint, line, plain) : line + "\n";
}

}  // namespace

void Table::add(std::vector<std::string> cells) { lines_.push_back({.cells = std::move(cells)}); }

void Table::add_remark(std::string name, std::string remark, Tone tone) {
    lines_.push_back({{std::move(name), std::move(remark)}, tone});
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

std::string Table::text(Emphasis emphasis) const {
    const std::vector<std::size_t> wide = widths();
    std::string text = painted(aligned(header_, wide), bold, emphasis);
    for (const Line& line : lines_) {
        // A remark is not in the figures' columns: only its name is aligned.
        const std::string drawn = aligned(line.cells, line.remark ? std::vector{wide[0], std::size_t{0}} : wide);
        if (line.remark)
            text += painted(drawn, *line.remark == Tone::alarming ? red : dim, emphasis);
        else
            text += drawn + "\n";
    }
    return text;
}

std::string grouped(double number) {
    std::string digits = fmt::format("{}", std::llround(number));
    const std::size_t first = digits.starts_with('-') ? 1 : 0;
    for (std::size_t at = digits.size(); at > first + 3;) digits.insert(at -= 3, ",");
    return digits;
}

std::size_t columns_of(std::string_view text) {
    // UTF-8's continuation bytes are 10xxxxxx.
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace iomux::compare
