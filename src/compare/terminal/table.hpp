#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/numbers.hpp"
#include "compare/terminal/terminal.hpp"

namespace iomux::compare {

/// Lines of text in columns. The first column is aligned left; the others contain figures and are aligned right.
class Table {
public:
    /// `words`: indexes (from 0) of further columns that contain text and are aligned left.
    explicit Table(std::vector<std::string> header, std::vector<std::size_t> words = {})
        : header_(std::move(header)), words_(std::move(words)) {}

    /// Expects one cell for each column of the header.
    void add(std::vector<std::string> cells);
    enum class RemarkStyle { quiet, alarming };
    /// Adds a name and a remark that replaces all figures.
    void add_remark(std::string_view name, std::string_view remark, RemarkStyle style);

    const std::vector<std::string>& header() const { return header_; }
    /// All added lines; a remark has two cells.
    std::vector<std::vector<std::string>> lines() const;

    using Style = compare::Style;
    /// Every line ends with a line feed, and no line ends with a space. If the columns do not fit side by side, they
    /// are split into blocks, one below the other. Each block repeats the first column. No column is left out, however
    /// narrow the terminal is.
    std::string text(const Terminal& terminal) const;
    bool fits(const Terminal& terminal) const;

private:
    struct Line {
        std::vector<std::string> cells;
        std::optional<RemarkStyle> remark = {};
    };

    // A block of columns side by side, from `first` up to but not including `end`.
    struct Block {
        std::size_t first;
        std::size_t end;
    };

    std::vector<std::size_t> widths() const;
    static std::vector<Block> blocks(const std::vector<std::size_t>& widths, std::size_t room);
    std::string text_of(const Block& block, const std::vector<std::size_t>& widths, const Terminal& terminal) const;

    std::vector<std::string> header_;
    std::vector<std::size_t> words_;
    std::vector<Line> lines_;
};

using cli::grouped;

}  // namespace iomux::compare
