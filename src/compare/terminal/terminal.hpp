#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace iomux::compare {

/// Whether headers are bold, and remarks dim or red.
enum class Style { no, yes };

/// What text for people is drawn on.
struct Terminal {
    static constexpr std::size_t endless = std::numeric_limits<std::size_t>::max();

    // Implicit: text without a width is for a file.
    Terminal(Style with_style = Style::no, std::size_t columns = endless) : style(with_style), width(columns) {}

    Style style;
    std::size_t width;  ///< In columns of a terminal.
};

/// Of a terminal its width; otherwise what COLUMNS says, and without that a file's, which is endless.
Terminal terminal_at(int fd);

/// A terminal that does more than print.
bool is_terminal(int fd);

/// In columns; nothing where the descriptor is no terminal, or it does not know.
std::optional<std::size_t> terminal_width(int fd);

/// How many columns of a terminal the text takes: a code point each, which holds for all that we print.
std::size_t columns_of(std::string_view text);

/// The text behind `first`, broken between words where it is wider than the terminal: then its further lines begin with
/// `indent`. Ends with a line feed.
std::string wrapped(std::string_view first, std::string_view text, std::size_t width, std::string_view indent = "");

/// Lines of prose, each broken where it is wider than the terminal, or than people like to read.
std::string wrap_paragraph(std::string_view lines, const Terminal& terminal);

}  // namespace iomux::compare
