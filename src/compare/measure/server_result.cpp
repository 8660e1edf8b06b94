#include "compare/measure/server_result.hpp"

namespace iomux::compare {

bool goes_on(const ServerResult& row) { return !row.skipped && !row.failed; }

bool is_complete(const ServerResult& row) { return goes_on(row) && !row.rounds.empty(); }

}  // namespace iomux::compare
