#pragma once

#include <cstddef>
#include <string_view>

#include "protocol/dialect.hpp"

namespace iomux::client {

/// What a connection has to say, on standard output: `3: hi_suffix`. One write, so that lines of different threads do
/// not mix. False where that fails.
bool print_line(std::size_t number, std::string_view what, protocol::Bytes bytes);

/// What goes wrong on it, on standard error: `iomux-client: connection 3: the server ended the connection`.
void complain(std::size_t number, std::string_view why);

}  // namespace iomux::client
