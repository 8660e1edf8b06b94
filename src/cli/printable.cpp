#include "cli/printable.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace iomux::cli {
namespace {

constexpr std::size_t longest_excerpt = 120;  // in bytes of the original

void append_escaped(std::string& text, std::string_view bytes) {
    for (const char byte : bytes) switch (byte) {
            case '\n': text += "\\n"; break;
            case '\r': text += "\\r"; break;
            case '\t': text += "\\t"; break;
            default: fmt::format_to(std::back_inserter(text), "\\x{:02x}", static_cast<unsigned char>(byte));
        }
}

// The first bytes of UTF-8 characters, and what the second byte can be. The other bytes are 0x80 to 0xbf. This excludes
// longer forms than necessary, surrogates and what is beyond U+10FFFF.
struct Lead {
    unsigned char first, last;
    std::size_t size;
    unsigned char second_from = 0x80, second_to = 0xbf;
};
constexpr std::array<Lead, 9> leads{{{0x00, 0x7f, 1},
                                     {0xc2, 0xdf, 2},
                                     {0xe0, 0xe0, 3, 0xa0, 0xbf},
                                     {0xe1, 0xec, 3},
                                     {0xed, 0xed, 3, 0x80, 0x9f},
                                     {0xee, 0xef, 3},
                                     {0xf0, 0xf0, 4, 0x90, 0xbf},
                                     {0xf1, 0xf3, 4},
                                     {0xf4, 0xf4, 4, 0x80, 0x8f}}};

bool is_control(std::string_view character) {
    constexpr char del = 0x7f;
    if (character.size() == 1) return (character[0] >= 0 && character[0] < ' ') || character[0] == del;
    return character >= "\xc2\x80" && character <= "\xc2\x9f";  // C1
}

// They change the direction of the text around them, or begin a line (U+2028, U+2029).
bool is_layout(std::string_view character) {
    return character == "\xd8\x9c" || character == "\xe2\x80\x8e" || character == "\xe2\x80\x8f" ||
           (character >= "\xe2\x80\xa8" && character < "\xe2\x80\xaf") ||  // U+2028 to U+202E
           (character > "\xe2\x81\xa5" && character < "\xe2\x81\xaa");     // U+2066 to U+2069
}

// XML does not allow them.
bool is_noncharacter(std::string_view character) { return character == "\xef\xbf\xbe" || character == "\xef\xbf\xbf"; }

template <class Keeps>
std::string well_formed(std::string_view bytes, Keeps keeps) {
    std::string text;
    text.reserve(bytes.size());
    while (!bytes.empty()) {
        const std::size_t size = character_size(bytes);
        const std::string_view character = bytes.substr(0, std::max<std::size_t>(size, 1));
        if (size != 0 && keeps(character))
            text += character;
        else
            append_escaped(text, character);
        bytes.remove_prefix(character.size());
    }
    return text;
}

bool is_printed(std::string_view character) {
    return !is_control(character) && !is_layout(character) && !is_noncharacter(character);
}

}  // namespace

std::string printable(std::string_view bytes) {
    std::string text;
    for (const char& character : bytes) {
        if (character == '\\')
            text += "\\\\";
        else if (character >= ' ' && character <= '~')
            text += character;
        else
            append_escaped(text, {&character, 1});
    }
    return text;
}

std::size_t character_size(std::string_view text) {
    const auto byte = [text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    if (text.empty()) return 0;
    const auto lead =
        std::ranges::find_if(leads, [&](const Lead& one) { return byte(0) >= one.first && byte(0) <= one.last; });
    if (lead == leads.end() || text.size() < lead->size) return 0;
    for (std::size_t at = 1; at < lead->size; ++at)
        if (byte(at) < (at == 1 ? lead->second_from : 0x80) || byte(at) > (at == 1 ? lead->second_to : 0xbf)) return 0;
    return lead->size;
}

std::string well_formed_text(std::string_view bytes) {
    return well_formed(bytes, [](std::string_view character) {
        return is_printed(character) || character == "\n" || character == "\r" || character == "\t";
    });
}

std::string well_formed_line(std::string_view bytes) { return well_formed(bytes, &is_printed); }

std::string excerpt(std::string_view bytes) {
    if (bytes.size() <= longest_excerpt) return well_formed_line(bytes);
    std::size_t end = 0;
    while (end < longest_excerpt) end += std::max<std::size_t>(character_size(bytes.substr(end)), 1);
    return well_formed_line(bytes.substr(0, end)) + "...";
}

}  // namespace iomux::cli
