#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/protocol_config.hpp"

namespace iomux::client {

/// Prints a line of a connection on standard output: `3: hi_suffix`. It is one write, so that lines of different
/// threads do not mix. Returns why it failed, or nothing. Ends the program if the reader has gone (SIGPIPE).
std::optional<std::string> print_line(std::size_t number, std::string_view what, protocol::Bytes bytes);

/// Prints an error of a connection on standard error: `iomux-client: connection 3: the server closed the connection`.
void report_error(std::size_t number, std::string_view why);

}  // namespace iomux::client
