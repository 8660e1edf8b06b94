#pragma once

#include <string>
#include <vector>

#include "compare/comparison.hpp"

namespace iomux::compare {

/// What a program reads: the environment, what was asked, every round and the medians. One line.
std::string json_report(const std::vector<Row>& rows, const Bench& bench);

}  // namespace iomux::compare
