#include "compare/report/diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <span>
#include <utility>

#include "cli/json_text.hpp"
#include "compare/comparison/ranking_text.hpp"
#include "compare/terminal/table.hpp"

namespace iomux::compare {
namespace {

using Kind = NotCompared::Kind;

template <class Named>
const Named* named(const std::vector<Named>& all, const std::string& name, std::string Named::*member) {
    const auto found = std::ranges::find(all, name, member);
    return found == all.end() ? nullptr : &*found;
}

bool was_measured(const ServerResult* row) { return row != nullptr && still_measured(*row); }

template <class Text>
void add_unless_known(std::vector<Text>& all, const Text& one) {
    if (std::ranges::find(all, one) == all.end()) all.push_back(one);
}

// The rows of one server in the old and in the new results.
struct Rows {
    const ServerResult& before;
    const ServerResult& after;
};

// The same point of the old and of the new results.
struct Pair {
    const std::string& scenario;
    const Point& before;
    const Point& after;

    std::optional<Rows> rows_of(const std::string& title) const {
        const ServerResult* const old_row = find_row(before.rows, title);
        const ServerResult* const new_row = find_row(after.rows, title);
        if (old_row == nullptr || new_row == nullptr || !is_complete(*old_row) || !is_complete(*new_row))
            return std::nullopt;
        return Rows{*old_row, *new_row};
    }

    // The baseline of the old results, or if the new ones lack it, that of the new results.
    std::optional<Rows> common_baseline() const {
        for (const ServerResult* baseline : {before.baseline(), after.baseline()})
            if (baseline != nullptr)
                if (const auto rows = rows_of(baseline->spec.title())) return rows;
        return std::nullopt;
    }
};

// `throughput, 10 connections`; a single comparison has no label.
std::string place_of(const std::string& scenario, const std::string& label) {
    return label.empty() ? scenario : fmt::format("{}, {}", scenario, label);
}

std::string baseline_title(const ServerResult* baseline) {
    return baseline == nullptr ? "none" : baseline->spec.title();
}

std::string_view unit_of(const Point& point) { return point.slice ? "sessions" : "windows"; }

bool has_rounds(const Point& point) {
    return std::ranges::any_of(point.rows, [](const ServerResult& row) { return !row.rounds.empty(); });
}

// Compares the ratios of one point.
class PointComparison {
public:
    PointComparison(const Pair& pair, const std::vector<Figure>& figures, Diff& diff)
        : pair_(pair), figures_(figures), diff_(diff), place_(place_of(pair.scenario, pair.before.label)) {}

    void run() {
        match_rows();
        if (matched_.empty()) return;
        diff_.has_common_server = true;
        for (const Figure figure : figures_)
            if (!is_measured_in_rounds(figure)) add_unless_known(diff_.once, title_of(figure));
        if (std::ranges::any_of(figures_, is_measured_in_rounds)) compare_ratios();
    }

private:
    void leave_out(Kind kind, const std::string& why) {
        diff_.not_compared.push_back({kind, fmt::format("{}: {}", place_, why)});
    }

    void match_rows() {
        for (const ServerResult& before : pair_.before.rows) {
            const std::string title = before.spec.title();
            const ServerResult* const after = find_row(pair_.after.rows, title);
            const bool fails = after != nullptr && after->failed;
            if (was_measured(&before) && was_measured(after))
                matched_.push_back({before, *after});
            else if (was_measured(&before) && fails)
                leave_out(Kind::failure, fmt::format("{} now fails: {}", title, *after->failed));
            else if (was_measured(&before))
                leave_out(Kind::lost, fmt::format("{} not measured in the new results", title));
            else if (fails)
                leave_out(Kind::lost, fmt::format("{} {}", title,
                                                  before.failed ? "failed in both results"
                                                                : "failed in the new results: " + *after->failed));
        }
        for (const ServerResult& after : pair_.after.rows) {
            const ServerResult* const before = find_row(pair_.before.rows, after.spec.title());
            if (before == nullptr || (was_measured(&after) && !was_measured(before)))
                leave_out(Kind::new_only, fmt::format("{} {} in the old results", after.spec.title(),
                                                      before != nullptr && before->failed ? "failed" : "not measured"));
        }
    }

    void compare_ratios() {
        const bool both_have_rounds = has_rounds(pair_.before) && has_rounds(pair_.after);
        if (both_have_rounds && pair_.before.slice.has_value() != pair_.after.slice.has_value())
            return leave_out(Kind::lost, fmt::format("measured in {} in the old results, but in {} in the new results",
                                                     unit_of(pair_.before), unit_of(pair_.after)));
        const std::optional<Rows> baseline = pair_.common_baseline();
        const std::string old_title = baseline_title(pair_.before.baseline());
        const std::string new_title = baseline_title(pair_.after.baseline());
        if (!baseline)
            return leave_out(Kind::lost, fmt::format("no baseline in common (old: {}; new: {})", old_title, new_title));
        const std::string title = baseline->before.spec.title();
        if (old_title != new_title)
            diff_.notes.push_back(fmt::format("{}: the baseline was {}, and is now {}; ratios to {} are compared.",
                                              place_, old_title, new_title, title));
        add_unless_known(diff_.baselines, title);
        (pair_.before.slice ? diff_.in_sessions : diff_.in_windows) = true;
        for (const Rows& rows : matched_)
            if (&rows.before != &baseline->before)
                for (const Figure figure : figures_)
                    if (is_measured_in_rounds(figure)) compare(rows, *baseline, figure);
        for (const auto& [why, ratios] : too_few_)
            leave_out(Kind::lost, fmt::format("{}: {}", why, fmt::join(ratios, ", ")));
    }

    void compare(const Rows& rows, const Rows& baseline, Figure figure) {
        const std::vector<SessionEstimate> before = log_ratios(rows.before, baseline.before, figure);
        const std::vector<SessionEstimate> after = log_ratios(rows.after, baseline.after, figure);
        const std::optional<RatioChange> change = change_between_runs(before, after, confidence);
        const std::string title = rows.before.spec.title();
        if (!change) {
            too_few_[fmt::format("too few {} ({}, now {}; each needs 2)", pair_.before.slice ? "sessions" : "rounds",
                                 before.size(), after.size())]
                .push_back(fmt::format("{} {}", title, ratio_title(figure)));
            return;
        }
        diff_.changes.push_back({.scenario = pair_.scenario,
                                 .point = pair_.before.label,
                                 .server = title,
                                 .figure = figure,
                                 .before = *ratio_from_sessions(before, confidence),
                                 .after = *ratio_from_sessions(after, confidence),
                                 .change = *change});
    }

    const Pair& pair_;
    const std::vector<Figure>& figures_;
    Diff& diff_;
    const std::string place_;
    std::vector<Rows> matched_;
    std::map<std::string, std::vector<std::string>> too_few_;  // the ratios with each reason
};

void compare_experiments(const Experiment& before, const Experiment& after, Diff& diff) {
    const auto leave_out = [&](Kind kind, const Point& point, const std::string& why) {
        diff.not_compared.push_back({kind, fmt::format("{}: {}", place_of(before.name, point.label), why)});
    };
    for (const Point& point : before.points) {
        const Point* other = named(after.points, point.label, &Point::label);
        if (other == nullptr)
            leave_out(Kind::lost, point, "only in the old results");
        else if (other->work.text() != point.work.text())
            leave_out(Kind::lost, point,
                      fmt::format("different load: {}, now {}", point.work.text(), other->work.text()));
        else
            PointComparison({before.name, point, *other}, before.figures, diff).run();
    }
    for (const Point& point : after.points)
        if (named(before.points, point.label, &Point::label) == nullptr)
            leave_out(Kind::new_only, point, "only in the new results");
}

std::vector<std::string> environment_changes(const boost::json::object& before, const boost::json::object& after) {
    std::vector<std::string> changes;
    for (const auto& [name, value] : before) {
        if (name == "machine_check") continue;  // it differs from run to run
        const boost::json::value* now = after.if_contains(name);
        if (now != nullptr && *now == value) continue;
        changes.push_back(fmt::format("{}: {}, now {}", std::string_view(name), cli::json_text(value),
                                      now == nullptr ? "unknown" : cli::json_text(*now)));
    }
    return changes;
}

// Each scenario is corrected by itself, as in the tables. Corrected together, many scenarios would hide any change.
void correct_for_their_number(Diff& diff) {
    for (std::span<Change> changes = diff.changes; !changes.empty();) {
        const auto end = std::ranges::find_if(
            changes, [&](const Change& change) { return change.scenario != changes.front().scenario; });
        const std::span<Change> of_one(changes.begin(), end);
        std::vector<double> probabilities;
        for (const Change& change : of_one) probabilities.push_back(change.change.p);
        const std::vector<double> adjusted = adjusted_by_holm(probabilities);
        for (std::size_t i = 0; i < of_one.size(); ++i) of_one[i].change.p = adjusted[i];
        changes = changes.subspan(of_one.size());
    }
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

// As part of a sentence.
std::string why_nothing_was_compared(const Diff& diff) {
    if (!diff.has_common_server) return "no server was measured under the same load in both files";
    if (std::ranges::any_of(diff.not_compared, [](const NotCompared& one) { return one.kind != Kind::new_only; }))
        return "the reasons are below";
    return diff.baselines.empty() ? "all figures were measured once"
                                  : "the files have no server in common but the baseline";
}

// If there are more ratios, only those that changed are listed.
constexpr std::size_t most_listed = 30;

Table table_of(std::span<const Change> changes, bool all) {
    Table table({"server", "figure", "before", "now", "change"}, {1, 2, 3, 4});
    for (const Change& change : changes)
        if (all || change.is_significant())
            table.add({change.server, std::string(ratio_title(change.figure)),
                       with_interval(change.before.ratio, change.before.interval),
                       with_interval(change.after.ratio, change.after.interval),
                       change.text() + (change.is_significant() ? "" : " ?")});
    return table;
}

std::string tables_text(const Diff& diff, bool all, const Terminal& terminal) {
    std::string text;
    for (std::span<const Change> changes = diff.changes; !changes.empty();) {
        const std::string first = changes.front().place();
        const auto end = std::ranges::find_if(changes, [&](const Change& change) { return change.place() != first; });
        const std::span<const Change> of_one(changes.begin(), end);
        const Table table = table_of(of_one, all);
        if (!table.lines().empty()) text += fmt::format("{}\n{}\n", first, table.text(terminal));
        changes = changes.subspan(of_one.size());
    }
    return text;
}

std::string legend(const Diff& diff) {
    const std::string_view unit = !diff.in_sessions ? "round" : diff.in_windows ? "session or round" : "session";
    const std::string baselines = fmt::format("{}", fmt::join(diff.baselines, " or "));
    return fmt::format(
        "before, now: ratio to {} in the same {}, with its 95 % confidence interval; {} itself is 1 and not compared.\n"
        "change: now divided by before, across runs. ?: not significant after correction for the number of ratios. "
        "Absolute figures are not compared, because the machine differs from run to run.\n",
        baselines, unit, baselines);
}

std::string summary_text(const Diff& diff, bool all) {
    if (!diff.no_common_scenario.empty()) return diff.no_common_scenario + "\n";
    if (diff.changes.empty()) return fmt::format("No ratio was compared: {}.\n", why_nothing_was_compared(diff));
    const auto changed = static_cast<std::size_t>(std::ranges::count_if(diff.changes, &Change::is_significant));
    std::string text = fmt::format("{} of {} ratio{} changed significantly.", changed, diff.changes.size(),
                                   diff.changes.size() == 1 ? "" : "s");
    if (!all && changed < diff.changes.size()) text += " The others are not listed.";
    return text + "\n";
}

}  // namespace

double Change::worsening() const { return (figure == Figure::rate ? 1 / change.factor : change.factor) - 1; }

double Change::worst() const { return (figure == Figure::rate ? 1 / change.interval.low : change.interval.high) - 1; }

std::string Change::place() const { return place_of(scenario, point); }

std::string Change::text() const {
    const auto percent = [](double factor) {
        const double rounded = std::round((factor - 1) * 1000) / 10;
        return rounded == 0 ? std::string("0.0") : fmt::format("{:+.1f}", rounded);
    };
    return fmt::format("{} % [{} to {}]", percent(change.factor), percent(change.interval.low),
                       percent(change.interval.high));
}

bool Change::is_significant() const { return change.p < 1 - confidence; }

std::string_view ratio_title(Figure figure) {
    switch (figure) {
        case Figure::cpu: return "CPU";
        case Figure::p50: return "p50";
        case Figure::p99: return "p99";
        case Figure::p99_9: return "p99.9";
        default: return title_of(figure);
    }
}

bool Diff::is_complete() const {
    const auto counts = [](const NotCompared& one) { return one.kind != Kind::new_only; };
    return !changes.empty() && std::ranges::none_of(not_compared, counts);
}

Diff difference(const Results& before, const Results& after) {
    Diff diff;
    diff.environment = environment_changes(before.environment, after.environment);
    note_incomplete_results(before, after, diff);
    bool has_common_scenario = false;
    for (const Experiment& experiment : after.experiments)
        if (named(before.experiments, experiment.name, &Experiment::name) == nullptr)
            diff.not_compared.push_back({Kind::new_only, fmt::format("{}: only in the new results", experiment.name)});
    for (const Experiment& experiment : before.experiments) {
        if (const Experiment* other = named(after.experiments, experiment.name, &Experiment::name)) {
            has_common_scenario = true;
            compare_experiments(experiment, *other, diff);
        } else {
            diff.not_compared.push_back({Kind::lost, fmt::format("{}: only in the old results", experiment.name)});
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
    const bool all = diff.changes.size() <= most_listed;
    std::string notes = summary_text(diff, all);
    if (!diff.changes.empty()) notes += legend(diff);
    if (!diff.once.empty()) notes += fmt::format("Measured once, so not compared: {}.\n", fmt::join(diff.once, ", "));
    for (const std::string& line : diff.notes) notes += fmt::format("{}\n", line);
    for (const NotCompared& one : diff.not_compared) notes += fmt::format("Not compared: {}.\n", one.text);
    for (const std::string& line : diff.environment) notes += fmt::format("Environment changed: {}.\n", line);
    return tables_text(diff, all, terminal) + wrap_paragraph(notes, terminal);
}

}  // namespace iomux::compare
