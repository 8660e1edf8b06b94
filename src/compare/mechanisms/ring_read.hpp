#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace iomux::compare {

/// Reads from the file's beginning by io_uring(7), up to so many bytes. Nothing: no ring can be made here.
/// Throws std::system_error.
std::optional<std::string> read_by_ring(int fd, std::size_t size);

}  // namespace iomux::compare
