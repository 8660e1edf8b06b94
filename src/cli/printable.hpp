#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace iomux::cli {

/// Printable ASCII characters are kept; all other bytes and the backslash are escaped (`\n`, `\\`, `\xff`). So a peer
/// cannot move the terminal's cursor or end a line of the log.
std::string printable(std::string_view bytes);

/// Valid UTF-8 that JSON, XML, CSV and terminals take. Each byte of what is not UTF-8, of a control character, of a
/// character that sets the direction of text, or of a noncharacter is escaped (`\xff`). Line feeds, carriage returns
/// and tabs are kept.
std::string well_formed_text(std::string_view bytes);

/// The same in one line: line feeds, carriage returns and tabs are escaped, too (`\n`, `\r`, `\t`). The backslash is
/// kept, so that a second call changes nothing.
std::string well_formed_line(std::string_view bytes);

/// The same in one line of limited length, for errors: `...` stands for what does not fit.
std::string excerpt(std::string_view bytes);

/// The number of bytes of the UTF-8 character that the text begins with; 0 if it begins with none (RFC 3629).
std::size_t character_size(std::string_view text);

}  // namespace iomux::cli
