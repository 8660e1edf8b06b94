#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "server/registry.hpp"

namespace iomux::asio {

/// The mechanism that Boost.Asio uses. Its headers select it at compile time, so the servers' sources are compiled once
/// per backend, and each program has one backend.
struct Backend {
    std::string_view program;
    std::string_view about;
    std::string_view needs;  ///< Library and kernel versions.
    /// It cannot wait for descriptors from this number on. 0: no limit.
    std::size_t descriptor_ceiling = 0;
    std::span<const server::KnownFault> known_faults = {};
    /// Returns why it does not run on this machine, or nothing if it does.
    std::optional<std::string> (*unavailable)() = [] { return std::optional<std::string>(); };
};

/// This program's backend.
const Backend& backend();

}  // namespace iomux::asio
