#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace iomux::compare {

/// Lines of text in columns: the first column to the left, the others, which are figures, to the right.
class Table {
public:
    explicit Table(std::vector<std::string> header) : header_(std::move(header)) {}

    /// As many cells as the header has.
    void add(std::vector<std::string> cells);
    enum class Tone { quiet, alarming };
    /// A name, and a remark in place of all figures.
    void add_remark(std::string name, std::string remark, Tone tone);

    /// Every line ends with a line feed, none with a space. `emphasis`: header bold, remarks dim or red.
    enum class Emphasis { no, yes };
    std::string text(Emphasis emphasis) const;

private:
    struct Line {
        std::vector<std::string> cells;
        std::optional<Tone> remark = {};
    };

    std::vector<std::size_t> widths() const;

    std::vector<std::string> header_;
    std::vector<Line> lines_;
};

/// `1,234,567`
std::string grouped(double number);

/// How many columns of a terminal the text takes: a code point each, which holds for all that we print.
std::size_t columns_of(std::string_view text);

}  // namespace iomux::compare
