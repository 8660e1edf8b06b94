#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "server/registry.hpp"

namespace iomux::asio {

/// What Boost.Asio is built upon, which its headers choose when they are compiled: so the servers' sources are compiled
/// once for each backend, and each program has one.
struct Backend {
    std::string_view program;
    std::string_view about;
    std::string_view needs;  ///< Library and kernel.
    /// Sockets of this number and more cannot be waited for; 0: no such limit.
    std::size_t descriptor_ceiling = 0;
    std::span<const server::KnownFault> known_faults = {};
    /// Why it does not run on this machine, or nothing.
    std::optional<std::string> (*unavailable)() = [] { return std::optional<std::string>(); };
};

/// The one that this program has.
const Backend& backend();

}  // namespace iomux::asio
