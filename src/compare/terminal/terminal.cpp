#include "compare/terminal/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <sstream>

#include "cli/printable.hpp"

namespace iomux::compare {
namespace {

// NO_COLOR: see no-color.org.
bool may_colour(int fd) {
    const char* refused = std::getenv("NO_COLOR");
    return is_terminal(fd) && (refused == nullptr || *refused == '\0');
}

std::optional<std::size_t> width_in_environment() {
    const char* columns = std::getenv("COLUMNS");
    if (columns == nullptr) return std::nullopt;
    const std::string_view text(columns);
    std::size_t width = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), width);
    const bool is_number = error == std::errc() && end == text.data() + text.size();
    return is_number && width > 0 ? std::optional(width) : std::nullopt;
}

}  // namespace

Terminal terminal_at(int fd) {
    std::optional<std::size_t> width = terminal_width(fd);
    if (!width) width = width_in_environment();
    return {may_colour(fd) ? Style::yes : Style::no, width.value_or(Terminal::endless)};
}

bool is_terminal(int fd) {
    const char* kind = std::getenv("TERM");
    return ::isatty(fd) == 1 && !(kind != nullptr && std::string_view(kind) == "dumb");
}

std::optional<std::size_t> terminal_width(int fd) {
    winsize size{};
    if (::ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_col == 0) return std::nullopt;
    return size.ws_col;
}

std::size_t columns_of(std::string_view text) {
    // UTF-8's continuation bytes are 10xxxxxx.
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string wrapped(std::string_view first, std::string_view text, std::size_t width, std::string_view indent) {
    const std::string printed = cli::well_formed_line(text);
    std::string result(first);
    std::size_t column = columns_of(first);
    if (column + columns_of(printed) <= width) return result.append(printed).append("\n");
    std::istringstream words(printed);
    bool at_start = true;
    for (std::string word; words >> word; at_start = false) {
        if (!at_start && column + 1 + columns_of(word) > width) {
            result.append("\n").append(indent);
            column = columns_of(indent);
            at_start = true;
        }
        if (!at_start) result += ' ';
        result += word;
        column += columns_of(word) + (at_start ? 0 : 1);
    }
    return result + "\n";
}

std::string wrap_paragraph(std::string_view lines, const Terminal& terminal) {
    constexpr std::size_t readable = 110;
    const std::size_t width = std::min(readable, terminal.width);
    std::string text;
    while (!lines.empty()) {
        const std::size_t end = std::min(lines.find('\n'), lines.size());
        text += wrapped("", lines.substr(0, end), width);
        lines.remove_prefix(std::min(end + 1, lines.size()));
    }
    return text;
}

}  // namespace iomux::compare
