#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compare/idle_memory.hpp"
#include "compare/progress.hpp"
#include "compare/round.hpp"

namespace iomux::compare {

/// A server, and what came of it.
struct Row {
    Contestant contestant;
    std::optional<std::string> skipped;        ///< Why it was not asked.
    std::optional<std::string> failed;         ///< Why it was not asked on.
    std::vector<std::optional<Round>> rounds;  ///< As many for every server; nothing from its failure on.
    std::optional<IdleMemory> idle_memory;     ///< Nothing where it is unknown, or was not to be measured.
    std::optional<std::string> idle_unknown;   ///< Why that could not be measured.
};

/// It was asked in every round, and answered.
bool is_complete(const Row& row);

/// Asks every server in every round: A B C, A B C, so that what changes on the machine with time changes for all.
/// A server that fails is left out from then on, and the others go on. Throws Interrupted.
std::vector<Row> compare(const std::vector<Contestant>& contestants, const Bench& bench, std::size_t rounds,
                         Progress& progress);

}  // namespace iomux::compare
