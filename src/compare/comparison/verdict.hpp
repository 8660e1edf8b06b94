#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "compare/comparison/experiment.hpp"

namespace iomux::compare {

/// How sure a statement about two costs is.
enum class Strength {
    certain,         ///< They differ, by at least twice the half-width of the 95 % confidence interval (of logarithms).
    likely,          ///< They differ significantly, but by less than that.
    same,            ///< See `is_the_same`.
    not_told_apart,  ///< The difference may be chance, and is small.
    too_noisy,       ///< See `is_too_noisy`.
    too_few,         ///< Too few sessions or rounds.
};

/// `certain`, `likely`, `same`, `not_told_apart`, `too_noisy`, `too_few`
std::string_view name_of(Strength strength);
/// As a reader sees it: `certain`, `likely`, `the same for most purposes`, `not told apart`, `too noisy to tell`, `too
/// few measurements to tell`
std::string_view text_of(Strength strength);

Strength strength_of(const Cost& cost);

/// How sure it is which server is the cheapest at a point: the cheapest one is compared with the second. Nothing if
/// fewer than two servers are ranked.
std::optional<Strength> strength_of_best(const PointSummary& summary);

/// What a point says in one sentence, and how sure that is.
struct Statement {
    std::string text;
    Strength strength;
};

/// About the cheapest and the costliest of the ranked servers; about a server and the baseline if only one is ranked.
/// Nothing if there are no two servers to compare. Its text is one of these:
/// - `epoll beats select 5.7 × (900 idle): certain.`
/// - `epoll, poll and select are within 2 % (64 connections): the same for most purposes.`
/// - `epoll and select differ by at most 4.1 % (64 connections): not told apart.`
/// - `epoll and select (64 connections): too noisy to tell (±15 %). Measure on.`
std::optional<Statement> verdict_on(const Point& point);
/// The same of the rows of a point and their summary. `place`: see `place_text`.
std::optional<Statement> verdict_on(std::span<const ServerResult> rows, const PointSummary& summary,
                                    const std::string& place);

/// The label of a point; without one, its load: `64 connections, 900 idle`.
std::string place_text(const std::string& label, const Work& work);

}  // namespace iomux::compare
