#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compare/measure/idle_memory.hpp"
#include "compare/measure/round.hpp"
#include "compare/measure/system_calls.hpp"

namespace iomux::compare {

/// A server, and what came of it.
struct ServerResult {
    ServerSpec spec;
    std::optional<std::string> skipped;               ///< Why it was not asked.
    std::optional<std::string> failed;                ///< Why it was not asked on.
    std::vector<std::optional<Round>> rounds;         ///< As many for every server; nothing from its failure on.
    std::optional<IdleMemory> idle_memory;            ///< Nothing where it is unknown, or was not to be measured.
    std::optional<std::string> idle_unknown;          ///< Why that could not be measured.
    std::optional<SystemCalls> system_calls;          ///< Nothing where they are unknown, or were not to be counted.
    std::optional<std::string> system_calls_unknown;  ///< Why they could not be counted.
};

/// It was asked, and has not failed since.
bool goes_on(const ServerResult& row);
/// It was asked in every round, and answered.
bool is_complete(const ServerResult& row);

}  // namespace iomux::compare
