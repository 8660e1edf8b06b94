#pragma once

#include <atomic>
#include <optional>
#include <string>

#include "protocol/protocol_config.hpp"

namespace iomux::client {

/// The hint that the server may serve another protocol. It is given once, because it is the same for all connections.
/// Thread-safe.
class AgreementHint {
public:
    AgreementHint(const protocol::ProtocolConfig& protocol, bool datagrams);

    /// `if the server has another --service, …`; nothing if it was given before.
    std::optional<std::string> take();
    /// Prints it as a line on standard error, unless it was given before.
    void print();

private:
    const std::string text_;
    std::atomic<bool> given_ = false;
};

}  // namespace iomux::client
