// Where there is no liburing, or no server uses it.
#include "injection.hpp"

namespace iomux::faults {

bool rings_suffer() { return false; }

bool ring_requests_can_fail() { return false; }

}  // namespace iomux::faults
