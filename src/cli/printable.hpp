#pragma once

#include <string>
#include <string_view>

namespace iomux::cli {

/// Printable ASCII characters are kept; all other bytes and the backslash are escaped (`\n`, `\\`, `\xff`). So a peer
/// cannot move the terminal's cursor or end a line of the log.
std::string printable(std::string_view bytes);

}  // namespace iomux::cli
