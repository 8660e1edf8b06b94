#include "compare/report/diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <span>

#include "compare/comparison/ranking_text.hpp"
#include "compare/statistics/statistics.hpp"
#include "compare/terminal/table.hpp"

namespace iomux::compare {
namespace {

template <class Named>
const Named* named(const std::vector<Named>& all, const std::string& name, std::string Named::*member) {
    const auto found = std::ranges::find(all, name, member);
    return found == all.end() ? nullptr : &*found;
}

const ServerResult* titled(const std::vector<ServerResult>& rows, const std::string& title) {
    const auto found = std::ranges::find(rows, title, [](const ServerResult& row) { return row.spec.title(); });
    return found == rows.end() ? nullptr : &*found;
}

// The same point of the old and of the new results.
struct Pair {
    const std::string& scenario;
    const Point& before;
    const Point& after;

    bool have_same_baseline() const {
        return before.baseline() != nullptr && after.baseline() != nullptr &&
               before.baseline()->spec.title() == after.baseline()->spec.title();
    }
};

std::optional<Change> change_of(const Pair& pair, const ServerResult& before, const ServerResult& after,
                                Figure figure) {
    const bool is_ratio = figure == Figure::cpu && pair.have_same_baseline() && &before != pair.before.baseline();
    const std::vector<double> old_values =
        is_ratio ? ratios_in_rounds(before, *pair.before.baseline()) : values_of(before, figure);
    const std::vector<double> new_values =
        is_ratio ? ratios_in_rounds(after, *pair.after.baseline()) : values_of(after, figure);
    // A single value says nothing about noise.
    if (old_values.size() < 2 || new_values.size() < 2) return std::nullopt;
    return Change{.scenario = pair.scenario,
                  .point = pair.before.label,
                  .server = before.spec.title(),
                  .figure = figure,
                  .is_ratio = is_ratio,
                  .before = *median(old_values),
                  .after = *median(new_values),
                  .p = rank_sum_p(old_values, new_values),
                  .least_p = least_rank_sum_p(old_values.size(), new_values.size()),
                  .repetitions = std::min(old_values.size(), new_values.size())};
}

// `throughput 10 connections`; a single comparison has no label.
std::string name_of_point(const std::string& scenario, const Point& point) {
    return point.label.empty() ? scenario : fmt::format("{} {}", scenario, point.label);
}

std::string_view unit_of(const Point& point) { return point.slice ? "sessions" : "windows"; }

bool has_rounds(const Point& point) {
    return std::ranges::any_of(point.rows, [](const ServerResult& row) { return !row.rounds.empty(); });
}

// Memory alone is measured in neither way.
void note_the_way_to_measure(const Pair& pair, Diff& diff) {
    if (!has_rounds(pair.before) || !has_rounds(pair.after)) return;
    for (const Point* point : {&pair.before, &pair.after}) (point->slice ? diff.in_sessions : diff.in_rounds) = true;
    if (pair.before.slice.has_value() == pair.after.slice.has_value()) return;
    diff.notes.push_back(fmt::format("{}: measured in {} in the old results, but in {} in the new results.",
                                     name_of_point(pair.scenario, pair.before), unit_of(pair.before),
                                     unit_of(pair.after)));
}

void compare_points(const Pair& pair, const std::vector<Figure>& figures, Diff& diff) {
    const std::string place = name_of_point(pair.scenario, pair.before);
    bool has_common_server = false;
    for (const ServerResult& before : pair.before.rows) {
        const ServerResult* after = titled(pair.after.rows, before.spec.title());
        if (!is_complete(before)) continue;
        if (after == nullptr || !is_complete(*after)) {
            const bool fails = after != nullptr && after->failed;
            diff.has_new_failure = diff.has_new_failure || fails;
            diff.incomparable.push_back(
                fmt::format("{}: {} {}", place, before.spec.title(),
                            fails ? "now fails: " + *after->failed : "not measured in the new results"));
            continue;
        }
        has_common_server = true;
        for (const Figure figure : figures)
            if (auto change = change_of(pair, before, *after, figure)) diff.changes.push_back(std::move(*change));
    }
    for (const ServerResult& after : pair.after.rows)
        if (titled(pair.before.rows, after.spec.title()) == nullptr)
            diff.incomparable.push_back(
                fmt::format("{}: {} not measured in the old results", place, after.spec.title()));
    if (!has_common_server) return;
    diff.has_common_server = true;
    note_the_way_to_measure(pair, diff);
}

void compare_experiments(const Experiment& before, const Experiment& after, Diff& diff) {
    for (const Point& point : before.points) {
        const Point* other = named(after.points, point.label, &Point::label);
        if (other == nullptr)
            diff.incomparable.push_back(fmt::format("{}: only in the old results", name_of_point(before.name, point)));
        else if (other->work.text() != point.work.text())
            diff.incomparable.push_back(fmt::format("{}: different load: {}, now {}", name_of_point(before.name, point),
                                                    point.work.text(), other->work.text()));
        else
            compare_points({before.name, point, *other}, before.figures, diff);
    }
}

std::vector<std::string> environment_changes(const boost::json::object& before, const boost::json::object& after) {
    std::vector<std::string> changes;
    for (const auto& [name, value] : before) {
        if (name == "machine_check") continue;  // it differs from run to run
        const boost::json::value* now = after.if_contains(name);
        if (now != nullptr && *now == value) continue;
        changes.push_back(fmt::format("{}: {}, now {}", std::string_view(name), boost::json::serialize(value),
                                      now == nullptr ? "unknown" : boost::json::serialize(*now)));
    }
    return changes;
}

// The fewest rounds of both results with which a change can be significant among this many figures.
std::size_t rounds_to_tell_among(std::size_t figures) {
    std::size_t rounds = 2;
    while (least_rank_sum_p(rounds, rounds) * static_cast<double>(figures) >= 1 - confidence) ++rounds;
    return rounds;
}

// Each scenario is corrected by itself, as in the tables. Corrected together, a few rounds could never tell a change.
void correct_for_their_number(Diff& diff) {
    for (std::span<Change> changes = diff.changes; !changes.empty();) {
        const auto end = std::ranges::find_if(
            changes, [&](const Change& change) { return change.scenario != changes.front().scenario; });
        const std::span<Change> of_one(changes.begin(), end);
        std::vector<double> probabilities;
        for (const Change& change : of_one) probabilities.push_back(change.p);
        const std::vector<double> adjusted = adjusted_by_holm(probabilities);
        for (std::size_t i = 0; i < of_one.size(); ++i) {
            of_one[i].p = adjusted[i];
            of_one[i].least_p = std::min(1.0, of_one[i].least_p * static_cast<double>(of_one.size()));
        }
        diff.needed_rounds = std::max(diff.needed_rounds, rounds_to_tell_among(of_one.size()));
        changes = changes.subspan(of_one.size());
    }
}

std::string figure_text(const Change& change, double value) {
    return change.is_ratio ? fmt::format("{:.3f}", value)
           : value >= 1000 ? grouped(value)
                           : fmt::format("{:.2f}", value);
}

std::string place_of(const Change& change) {
    return change.point.empty() ? change.scenario : fmt::format("{}, {}", change.scenario, change.point);
}

std::string scenarios_of(const Results& results) {
    std::vector<std::string_view> names;
    for (const Experiment& experiment : results.experiments)
        names.push_back(experiment.name == single_comparison ? "a comparison without a scenario"
                                                             : std::string_view(experiment.name));
    return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

void note_incomplete_results(const Results& before, const Results& after, Diff& diff) {
    for (const auto& [results, which] : {std::pair{&before, "old"}, {&after, "new"}})
        if (results->partial)
            diff.notes.push_back(fmt::format("The {} results are incomplete, because the run was interrupted.", which));
}

// Why no figure could be compared, as part of a sentence.
std::string nothing_to_compare(const Diff& diff) {
    if (!diff.has_common_server) return "no server was measured under the same load in both files";
    return fmt::format("no figure has two {} or more in both files", diff.unit());
}

// The changes beyond noise.
Table table_of(std::span<const Change> changes) {
    Table table({"server", "figure", "before", "now", "change"}, {1});
    for (const Change& change : changes)
        if (change.is_significant())
            table.add({change.server, change.is_ratio ? "CPU ratio" : std::string(title_of(change.figure)),
                       figure_text(change, change.before), figure_text(change, change.after),
                       fmt::format("{:+.1f} %", change.growth() * 100)});
    return table;
}

}  // namespace

bool Change::is_significant() const { return p < 1 - confidence; }
bool Change::could_be_significant() const { return least_p < 1 - confidence; }

bool Diff::has_enough_rounds() const { return std::ranges::any_of(changes, &Change::could_be_significant); }

std::string_view Diff::unit() const {
    if (!in_sessions) return "rounds";
    return in_rounds ? "sessions or rounds" : "sessions";
}

std::string Diff::why_unchecked() const {
    if (!no_common_scenario.empty()) return "the files have no scenario in common";
    if (changes.empty()) return nothing_to_compare(*this);
    if (has_enough_rounds()) return "";
    const std::string sessions = fmt::format("--sessions {}", needed_rounds);
    const std::string rounds = fmt::format("--rounds {}", needed_rounds);
    return fmt::format("too few {} ({}); measure both files again with {} or more", unit(),
                       std::ranges::max(changes, {}, &Change::repetitions).repetitions,
                       !in_sessions ? rounds
                       : in_rounds  ? fmt::format("{} and {}", sessions, rounds)
                                    : sessions);
}

Diff difference(const Results& before, const Results& after) {
    Diff diff{
        .changes = {}, .incomparable = {}, .environment = environment_changes(before.environment, after.environment)};
    note_incomplete_results(before, after, diff);
    bool has_common_scenario = false;
    for (const Experiment& experiment : after.experiments)
        if (named(before.experiments, experiment.name, &Experiment::name) == nullptr)
            diff.incomparable.push_back(fmt::format("{}: only in the new results", experiment.name));
    for (const Experiment& experiment : before.experiments) {
        if (const Experiment* other = named(after.experiments, experiment.name, &Experiment::name)) {
            has_common_scenario = true;
            compare_experiments(experiment, *other, diff);
        } else {
            diff.incomparable.push_back(fmt::format("{}: only in the old results", experiment.name));
        }
    }
    if (!has_common_scenario)
        diff.no_common_scenario = fmt::format(
            "The files have no scenario in common: the old results have {}; the new "
            "results have {}.",
            scenarios_of(before), scenarios_of(after));
    correct_for_their_number(diff);
    return diff;
}

std::string text_of(const Diff& diff, const Terminal& terminal) {
    std::string text;
    std::size_t beyond_noise = 0;
    for (auto begin = diff.changes.begin(); begin != diff.changes.end();) {
        const std::string place = place_of(*begin);
        const auto end =
            std::find_if(begin, diff.changes.end(), [&](const Change& change) { return place_of(change) != place; });
        const Table table = table_of({begin, end});
        beyond_noise += table.lines().size();
        if (!table.lines().empty()) text += fmt::format("{}\n{}\n", place, table.text(terminal));
        begin = end;
    }
    std::string notes = !diff.no_common_scenario.empty() ? diff.no_common_scenario + "\n"
                        : diff.changes.empty() ? fmt::format("No figure was compared: {}.\n", nothing_to_compare(diff))
                                               : fmt::format("{} of {} figures changed significantly.\n", beyond_noise,
                                                             diff.changes.size());
    if (const auto untold = static_cast<std::size_t>(
            std::ranges::count_if(diff.changes, [](const Change& change) { return !change.could_be_significant(); })))
        notes += fmt::format("{} figures have too few {} to tell a change: both files need at least {}.\n", untold,
                             diff.unit(), diff.needed_rounds);
    for (const std::string& line : diff.notes) notes += fmt::format("{}\n", line);
    for (const std::string& line : diff.incomparable) notes += fmt::format("Not compared: {}.\n", line);
    for (const std::string& line : diff.environment) notes += fmt::format("Environment changed: {}.\n", line);
    return text + wrap_paragraph(notes, terminal);
}

}  // namespace iomux::compare
