#pragma once

#include <cstddef>
#include <filesystem>
#include <iterator>

namespace iomux::testing_support {

/// The number of open descriptors of this process.
inline std::size_t open_descriptors() {
    const std::filesystem::directory_iterator descriptors("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(descriptors), end(descriptors)));
}

}  // namespace iomux::testing_support
