#pragma once

#include <string>

#include "compare/results/results.hpp"

namespace iomux::compare {

/// The answers to the questions that were measured (see `answers_from`), one line each: the question, the answer, the
/// reason. Empty if none was measured.
std::string brief_text(const Results& results);

/// The same as a Markdown list.
std::string brief_markdown(const Results& results);

}  // namespace iomux::compare
