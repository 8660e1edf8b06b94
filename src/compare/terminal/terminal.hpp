#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace iomux::compare {

/// Whether headers are bold, and remarks are dim or red.
enum class Style { no, yes };

/// The output that text for people is formatted for.
struct Terminal {
    static constexpr std::size_t endless = std::numeric_limits<std::size_t>::max();

    // Implicit: text without a width is for a file.
    Terminal(Style with_style = Style::no, std::size_t columns = endless) : style(with_style), width(columns) {}

    Style style;
    std::size_t width;  ///< In terminal columns.
};

/// The terminal's own width; otherwise the value of COLUMNS; otherwise unlimited, as for a file.
Terminal terminal_at(int fd);

/// Whether the descriptor is a terminal that supports more than printing.
bool is_terminal(int fd);

/// In columns; nothing if the descriptor is not a terminal or does not report its width.
std::optional<std::size_t> terminal_width(int fd);

/// How many terminal columns the text takes. Each code point counts as one, which is correct for everything that this
/// program prints.
std::size_t columns_of(std::string_view text);

/// Appends `text` to `first`, and breaks it between words where a line would exceed the width. Further lines begin
/// with `indent`. Ends with a line feed.
std::string wrapped(std::string_view first, std::string_view text, std::size_t width, std::string_view indent = "");

/// Breaks each line of prose at the terminal's width, or at a comfortable reading width if that is smaller.
std::string wrap_paragraph(std::string_view lines, const Terminal& terminal);

}  // namespace iomux::compare
