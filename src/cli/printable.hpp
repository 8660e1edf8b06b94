#pragma once

#include <string>
#include <string_view>

namespace iomux::cli {

/// ASCII as it is, everything else, and the backslash, escaped (`\n`, `\\`, `\xff`): what the other side sends
/// does not get to move a terminal's cursor, or to end a line of a log.
std::string printable(std::string_view bytes);

}  // namespace iomux::cli
