// Replaces ring_calls.cpp if liburing is not installed, or no server of the program uses it.
#include "injection.hpp"

namespace iomux::faults {

bool injects_into_rings() { return false; }

bool ring_requests_can_fail() { return false; }

}  // namespace iomux::faults
