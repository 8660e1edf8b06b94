#include "cli/printable.hpp"

#include <fmt/format.h>

#include <iterator>

namespace iomux::cli {

std::string printable(std::string_view bytes) {
    std::string text;
    for (const char character : bytes) {
        switch (character) {
            case '\\': text += "\\\\"; break;
            case '\n': text += "\\n"; break;
            case '\r': text += "\\r"; break;
            case '\t': text += "\\t"; break;
            default:
                if (character >= ' ' && character <= '~')
                    text += character;
                else
                    fmt::format_to(std::back_inserter(text), "\\x{:02x}", static_cast<unsigned char>(character));
        }
    }
    return text;
}

}  // namespace iomux::cli
