#include "compare/comparison/run_points.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "compare/comparison/sessions.hpp"
#include "compare/comparison/summary.hpp"
#include "compare/measure/test_setup.hpp"
#include "compare/process/wait.hpp"

namespace iomux::compare {
namespace {

// A time budget must allow enough rounds to show a difference.
Plan plan_for(const std::vector<ServerSpec>& specs, Plan plan) {
    if (plan.budget)
        plan.least_rounds =
            std::min(plan.most_rounds, std::max(plan.least_rounds, rounds_for_significance(specs.size())));
    return plan;
}

// The points of an experiment, each of which is measured in steps.
class Points {
public:
    Points(Experiment& experiment, const std::vector<ServerSpec>& specs, const Plan& plan, Progress& progress,
           PointOrder order)
        : experiment_(experiment),
          specs_(specs),
          plan_(plan_for(specs, plan)),
          progress_(progress),
          in_turns_(order == PointOrder::in_turns) {}

    void begin_next() {
        const std::size_t i = begun_.size();
        Point& point = experiment_.points[i];
        TestSetup setup = make_test_setup(point.work, experiment_.cores);
        setup.system_calls = std::ranges::find(experiment_.figures, Figure::system_calls) != experiment_.figures.end();
        if (progress_.wants_samples()) setup.passes = [this](const Sample& sample) { progress_.passes(sample); };
        experiment_.charges_interrupts = setup.charges_interrupts();
        if (point.rows.empty())
            begun_.push_back(std::make_unique<ComparisonInSteps>(specs_, std::move(setup), plan_, progress_));
        else
            begun_.push_back(std::make_unique<ComparisonInSteps>(
                Comparison{.rows = std::move(point.rows), .slice = point.slice}, std::move(setup), plan_, progress_));
        enter(i);
        begun_[i]->begin();
    }

    // Returns whether there was another session to measure.
    bool continue_with(std::size_t i) {
        if (!begun_[i]->needs_another_session()) return false;
        enter(i);
        begun_[i]->measure_another_session();
        return true;
    }

    // Points that were not begun are left out.
    void finish() {
        experiment_.points.resize(begun_.size());
        for (std::size_t i = 0; i < begun_.size(); ++i) {
            Comparison comparison = begun_[i]->take();
            Point& point = experiment_.points[i];
            point.rows = std::move(comparison.rows);
            point.slice = comparison.slice;
            point.why_windows = std::move(comparison.why_windows);
        }
        summarise(experiment_, plan_.baseline);
    }

private:
    void enter(std::size_t i) {
        std::chrono::seconds besides(0);
        if (plan_.sessions && in_turns_)
            for (std::size_t other = 0; other < experiment_.points.size(); ++other)
                if (other != i) besides += other < begun_.size() ? begun_[other]->time_left() : time_in_sessions(plan_);
        const Point& point = experiment_.points[i];
        if (!point.label.empty())
            progress_.enter(
                fmt::format("{} {}/{} ({})", experiment_.name, i + 1, experiment_.points.size(), point.label), besides);
        progress_.point_begins(i + 1);
    }

    Experiment& experiment_;
    const std::vector<ServerSpec>& specs_;
    const Plan plan_;
    Progress& progress_;
    const bool in_turns_;
    std::vector<std::unique_ptr<ComparisonInSteps>> begun_;
};

void run_one_by_one(Points& points, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        points.begin_next();
        while (points.continue_with(i)) continue;
    }
}

// The first session of each point, then the next of each.
void run_in_turns(Points& points, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        points.begin_next();
        points.continue_with(i);
    }
    for (bool is_over = false; !is_over;) {
        is_over = true;
        for (std::size_t i = 0; i < count; ++i)
            if (points.continue_with(i)) is_over = false;
    }
}

}  // namespace

void run_points(Experiment& experiment, const std::vector<ServerSpec>& specs, const Plan& plan, Progress& progress,
                PointOrder order) {
    Points points(experiment, specs, plan, progress, order);
    const std::size_t count = experiment.points.size();
    try {
        order == PointOrder::in_turns ? run_in_turns(points, count) : run_one_by_one(points, count);
    } catch (const Interrupted&) {
        points.finish();
        throw;
    }
    points.finish();
}

}  // namespace iomux::compare
