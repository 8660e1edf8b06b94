#pragma once

#include <string>

#include "compare/results/results.hpp"

namespace iomux::compare {

/// Of a file that `--json` has written; `-` is standard input. Throws std::system_error where it cannot be read, and
/// std::runtime_error, with the file's name, where it is not understood.
Results read_results(const std::string& file);

}  // namespace iomux::compare
