#pragma once

#include <chrono>
#include <optional>

namespace iomux::compare {

/// How a server was warmed up in its first session.
struct WarmUp {
    std::chrono::nanoseconds time{0};  ///< How long it was under load before it was measured.
    std::optional<bool> settled = {};  ///< Whether its cost had settled then; nothing if the user set the time.
};

}  // namespace iomux::compare
