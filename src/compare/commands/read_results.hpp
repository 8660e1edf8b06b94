#pragma once

#include <string>

#include "compare/results/results.hpp"

namespace iomux::compare {

/// The name of a file of results for people; `-` is standard input.
std::string name_of_input(const std::string& file);

/// Reads a file that `--json` has written; `-` is standard input. Throws an exception with the name of the file if it
/// cannot be read or its content is invalid.
Results read_results(const std::string& file);

}  // namespace iomux::compare
