#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compare/measure/idle_memory.hpp"
#include "compare/measure/round.hpp"
#include "compare/measure/system_calls.hpp"
#include "compare/measure/warm_up.hpp"

namespace iomux::compare {

/// A server and its results. A round is a window, or a session: see Round.
struct ServerResult {
    ServerSpec spec;
    std::optional<std::string> skipped;               ///< Why it was not measured.
    std::optional<std::string> failed;                ///< Why its measurement was stopped.
    std::vector<std::optional<Round>> rounds;         ///< As many for every server; nothing from a failure on.
    std::optional<WarmUp> warmup;                     ///< Nothing for a server of this project, and for windows.
    std::optional<IdleMemory> idle_memory;            ///< Nothing if unknown or not requested.
    std::optional<std::string> idle_unknown;          ///< Why it could not be measured.
    std::optional<SystemCalls> system_calls;          ///< Nothing if unknown or not requested.
    std::optional<std::string> system_calls_unknown;  ///< Why they could not be counted.
};

/// The row of the server with this title; null if there is none.
const ServerResult* find_row(std::span<const ServerResult> rows, std::string_view title);
/// Whether it is measured and has not failed.
bool still_measured(const ServerResult& row);
std::size_t count_still_measured(std::span<const ServerResult> rows);
/// Whether it has completed every round.
bool is_complete(const ServerResult& row);

}  // namespace iomux::compare
