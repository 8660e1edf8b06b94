#include "compare/measure/row.hpp"

namespace iomux::compare {

bool goes_on(const Row& row) { return !row.skipped && !row.failed; }

bool is_complete(const Row& row) { return goes_on(row) && !row.rounds.empty(); }

}  // namespace iomux::compare
