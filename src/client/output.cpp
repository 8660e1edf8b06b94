#include "client/output.hpp"

#include <fmt/format.h>

#include <exception>

#include "cli/output.hpp"
#include "cli/printable.hpp"

namespace iomux::client {

std::optional<std::string> print_line(std::size_t number, std::string_view what, protocol::Bytes bytes) try {
    cli::print(fmt::format("{}: {}{}\n", number, what, cli::printable(protocol::as_text(bytes))));
    return std::nullopt;
} catch (const cli::ReaderGone& gone) {
    cli::end_by_sigpipe();
    return gone.what();
} catch (const std::exception& error) {
    return error.what();
}

void report_error(std::size_t number, std::string_view why) {
    cli::print_error(fmt::format("iomux-client: connection {}: {}\n", number, cli::well_formed_line(why)));
}

}  // namespace iomux::client
