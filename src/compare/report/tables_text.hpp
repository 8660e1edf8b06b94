#pragma once

#include <string>

#include "compare/results/results.hpp"

namespace iomux::compare {

/// For programs: RFC 4180, a header and then a line for each server at each point. What is not known is empty.
std::string csv_text(const Results& results);

/// For a page: a heading a scenario, and a table for each of its figures.
std::string markdown_text(const Results& results);

}  // namespace iomux::compare
