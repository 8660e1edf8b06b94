#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace iomux::compare {

/// Reads up to `size` bytes from the beginning of the file with io_uring(7). Returns nothing if no ring can be
/// created. Throws std::system_error.
std::optional<std::string> read_by_ring(int fd, std::size_t size);

}  // namespace iomux::compare
