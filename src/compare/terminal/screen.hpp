#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace iomux::compare {

/// Whether headers are bold, and remarks dim or red.
enum class Emphasis { no, yes };

/// What text for people is drawn on.
struct Screen {
    static constexpr std::size_t endless = std::numeric_limits<std::size_t>::max();

    // Implicit: text without a width is for a file.
    Screen(Emphasis with_emphasis = Emphasis::no, std::size_t columns = endless)
        : emphasis(with_emphasis), width(columns) {}

    Emphasis emphasis;
    std::size_t width;  ///< In columns of a terminal.
};

/// Of a terminal its width; otherwise what COLUMNS says, and without that a file's, which is endless.
Screen screen_at(int fd);

/// A terminal that does more than print.
bool is_terminal(int fd);

/// In columns; nothing where the descriptor is no terminal, or it does not know.
std::optional<std::size_t> terminal_width(int fd);

/// How many columns of a terminal the text takes: a code point each, which holds for all that we print.
std::size_t columns_of(std::string_view text);

/// The text behind `first`, broken between words where it is wider than the screen: then its further lines begin with
/// `indent`. Ends with a line feed.
std::string wrapped(std::string_view first, std::string_view text, std::size_t width, std::string_view indent = "");

/// Lines of prose, each broken where it is wider than the screen, or than people like to read.
std::string prose(std::string_view lines, const Screen& screen);

}  // namespace iomux::compare
