#include "compare/measure/server_result.hpp"

#include <algorithm>

namespace iomux::compare {

const ServerResult* find_row(std::span<const ServerResult> rows, std::string_view title) {
    const auto found = std::ranges::find(rows, title, [](const ServerResult& row) { return row.spec.title(); });
    return found == rows.end() ? nullptr : &*found;
}

bool still_measured(const ServerResult& row) { return !row.skipped && !row.failed; }

std::size_t count_still_measured(std::span<const ServerResult> rows) {
    return static_cast<std::size_t>(std::ranges::count_if(rows, still_measured));
}

bool is_complete(const ServerResult& row) { return still_measured(row) && !row.rounds.empty(); }

}  // namespace iomux::compare
