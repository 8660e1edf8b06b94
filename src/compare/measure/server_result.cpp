#include "compare/measure/server_result.hpp"

namespace iomux::compare {

bool still_measured(const ServerResult& row) { return !row.skipped && !row.failed; }

bool is_complete(const ServerResult& row) { return still_measured(row) && !row.rounds.empty(); }

}  // namespace iomux::compare
