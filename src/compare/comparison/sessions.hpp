#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "compare/comparison/comparison.hpp"
#include "load/workload/plan.hpp"

namespace iomux::compare {

/// Adds sessions to the rows of a comparison that are still measured, one at a time. The rows may have sessions
/// already, which the plan counts; its budget is for the new ones. Other comparisons can be continued between them.
/// `begin` and `measure_another` throw Interrupted; the rows then have the complete sessions.
class SessionSeries {
public:
    /// All that is passed must outlive the series.
    SessionSeries(Comparison& comparison, const TestSetup& setup, const Plan& plan, Progress& progress);
    ~SessionSeries();

    /// Rehearses, and sets the length of a slice. Returns why the work cannot be measured in sessions; nothing if it
    /// can. If the rows have sessions already, a server that fails in the rehearsal is such a reason.
    std::optional<std::string> begin();
    /// Whether the plan is not fulfilled yet. It counts only the time in `begin` and `measure_another`.
    bool needs_another() const;
    void measure_another();
    /// The most time that this takes from now on.
    std::chrono::seconds time_left() const;

private:
    class Schedule;
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

/// How a session is to warm up the server before its cycles. The cost of a server that is not of this project may
/// change at first. The first session finds out how long: see ServerResult::warmup. The next ones take as long, because
/// they start the server again; an attached server is still warm then.
load::WarmUpLimits warm_up_for(const ServerResult& row, const SessionLimits& limits);

/// About how long this takes.
std::chrono::seconds time_in_sessions(const Plan& plan);

}  // namespace iomux::compare
