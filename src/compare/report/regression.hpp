#pragma once

#include <optional>
#include <string>

#include "compare/report/diff.hpp"

namespace iomux::compare {

/// If several apply, the last one counts.
enum class Outcome {
    success,       ///< Everything in the old results was compared. With a limit: no ratio can be worse by more than it.
    inconclusive,  ///< Something was not compared. With a limit: a ratio may be worse by more than it.
    regression,    ///< Only with a limit: a ratio is significantly worse, and by more than it, or a server now fails.
};

struct Judgement {
    Outcome outcome;
    std::string text;  ///< Ended lines with the reasons; empty for a success without a limit.
};

/// `most`: the limit of `--max-regression` (0.02 means 2 %).
///
/// A success needs no correction for the number of ratios: if one of them is worse by more than the limit, its own
/// interval has to miss the truth.
Judgement judge(const Diff& diff, std::optional<double> most);

}  // namespace iomux::compare
