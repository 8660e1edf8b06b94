#pragma once

#include <cstddef>

namespace iomux::posix {

/// The soft limit on open descriptors (RLIMIT_NOFILE).
std::size_t descriptor_limit();

/// Raises the soft limit on open descriptors to the hard one, as far as the system lets us (RLIMIT_NOFILE).
/// Returns the limit.
std::size_t raise_descriptor_limit();

}  // namespace iomux::posix
