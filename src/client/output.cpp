#include "client/output.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "cli/output.hpp"
#include "cli/printable.hpp"

namespace iomux::client {

bool print_line(std::size_t number, std::string_view what, protocol::Bytes bytes) {
    const std::string line = fmt::format("{}: {}{}\n", number, what, cli::printable(protocol::as_text(bytes)));
    return std::fwrite(line.data(), 1, line.size(), stdout) == line.size();
}

void report_error(std::size_t number, std::string_view why) {
    cli::print_error(fmt::format("iomux-client: connection {}: {}\n", number, cli::well_formed_line(why)));
}

}  // namespace iomux::client
