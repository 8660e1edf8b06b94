#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compare/terminal/terminal.hpp"

namespace iomux::compare {

/// Lines of text in columns: the first column to the left, the others, which are figures, to the right.
class Table {
public:
    /// `words`: columns but the first, by number from 0, that are no figures, and so to the left.
    explicit Table(std::vector<std::string> header, std::vector<std::size_t> words = {})
        : header_(std::move(header)), words_(std::move(words)) {}

    /// As many cells as the header has.
    void add(std::vector<std::string> cells);
    enum class RemarkStyle { quiet, alarming };
    /// A name, and a remark in place of all figures.
    void add_remark(std::string name, std::string remark, RemarkStyle tone);

    const std::vector<std::string>& header() const { return header_; }
    /// What was added, remarks of two cells included.
    std::vector<std::vector<std::string>> lines() const;

    using Style = compare::Style;
    /// Every line ends with a line feed, none with a space. Where the columns do not fit side by side they are broken
    /// into blocks, one below the other, each with the first column: none is left out, however narrow the terminal.
    std::string text(const Terminal& terminal) const;
    bool fits(const Terminal& terminal) const;

private:
    struct Line {
        std::vector<std::string> cells;
        std::optional<RemarkStyle> remark = {};
    };

    // Columns of figures, from `first` to before `end`, that are side by side.
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

/// `1,234,567`
std::string grouped(double number);

}  // namespace iomux::compare
