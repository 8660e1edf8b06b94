#pragma once

#include <string>

#include "compare/results/results.hpp"

namespace iomux::compare {

/// `Verdict: ` and the statement on the last point that has one (see `verdict_on`), as a line. Empty if none has.
std::string verdict_line(const Experiment& experiment);

/// The answers to the questions that were measured (see `answers_from`), one line each: the question, the answer, how
/// sure it is, the reason. Then the verdict of a single comparison. Empty if none was measured.
std::string brief_text(const Results& results);

/// The same as a Markdown list.
std::string brief_markdown(const Results& results);

}  // namespace iomux::compare
