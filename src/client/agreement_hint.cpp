#include "client/agreement_hint.hpp"

#include <fmt/format.h>

#include "cli/output.hpp"
#include "cli/service_options.hpp"

namespace iomux::client {

AgreementHint::AgreementHint(const protocol::ProtocolConfig& protocol, bool datagrams)
    : text_(cli::if_the_protocols_differ("iomux-client", protocol, datagrams)) {}

std::optional<std::string> AgreementHint::take() { return given_.exchange(true) ? std::nullopt : std::optional(text_); }

void AgreementHint::print() {
    if (const std::optional<std::string> hint = take()) cli::print_error(fmt::format("iomux-client: {}\n", *hint));
}

}  // namespace iomux::client
