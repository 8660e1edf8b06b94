#pragma once

#include <string>

#include "compare/summary.hpp"
#include "compare/table.hpp"

namespace iomux::compare {

/// What a person reads: the table, and under it what was done and what the figures mean.
std::string text_report(const std::vector<Row>& rows, const Bench& bench, Table::Emphasis emphasis);

}  // namespace iomux::compare
