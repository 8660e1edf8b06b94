#pragma once

#include <string>

#include "protocol/dialect.hpp"

namespace iomux::client {

/// ASCII as it is, everything else, and the backslash, escaped (`\n`, `\\`, `\xff`): what a server sends does not get
/// to move a terminal's cursor.
std::string printable(protocol::Bytes bytes);

}  // namespace iomux::client
