#pragma once

#include <cstddef>

namespace iomux::posix {

/// Raises the soft limit on open descriptors to the hard one, as far as the system lets us (RLIMIT_NOFILE).
/// Returns the limit.
std::size_t raise_descriptor_limit();

}  // namespace iomux::posix
