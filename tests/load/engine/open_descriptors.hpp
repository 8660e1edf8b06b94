#pragma once

#include <cstddef>
#include <filesystem>
#include <iterator>

#include "load/result/measurement.hpp"

namespace iomux::testing_support {

/// The number of open descriptors of this process.
inline std::size_t open_descriptors() {
    const std::filesystem::directory_iterator descriptors("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(descriptors), end(descriptors)));
}

/// Counts the open descriptors when a load's window begins, and when the end of the window is acknowledged.
struct DescriptorsOfAWindow {
    std::size_t in_the_window = 0;
    std::size_t at_the_acknowledgement = 0;

    /// They refer to this object.
    load::WindowMarks marks() {
        load::WindowMarks marks{.begins = [this] { in_the_window = open_descriptors(); }};
        marks.acknowledged = [this] { at_the_acknowledgement = open_descriptors(); };
        return marks;
    }
};

}  // namespace iomux::testing_support
