#include "compare/comparison/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "cli/error_text.hpp"
#include "compare/comparison/sessions.hpp"
#include "compare/comparison/windows.hpp"
#include "compare/measure/session.hpp"
#include "compare/measure/test_setup.hpp"
#include "compare/process/wait.hpp"
#include "compare/servers/server_process.hpp"

namespace iomux::compare {
namespace {

void measure_memory(ServerResult& row, const TestSetup& setup) try {
    const ServerProcess server(row.spec, setup.work, setup.cores.server);
    try {
        row.idle_memory = measure_idle_memory(server, row.spec.idle_connections(setup.work));
    } catch (const std::exception& error) {
        row.idle_unknown = cli::error_text(error);
    }
} catch (const std::exception& error) {
    row.failed = cli::error_text(error);
}

void count_calls(ServerResult& row, const SystemCallMeter& meter, const TestSetup& setup) try {
    row.system_calls = meter.count(row.spec, setup);
} catch (const std::exception& error) {
    row.system_calls_unknown = cli::error_text(error);
}

[[noreturn]] void refuse_further_sessions(std::string_view why) {
    throw std::runtime_error(
        fmt::format("cannot add sessions: {}; correct that and continue again, or measure anew", why));
}

// As if the last session had ended now.
void tell_of_last_session(const std::vector<ServerResult>& rows, const Plan& plan, Progress& progress) {
    for (const ServerResult& row : rows)
        if (row.system_calls || row.system_calls_unknown) progress.calls_counted(row);
    progress.session_begins(rows.front().rounds.size(), plan.sessions->cycles);
    progress.session_ended(rows, plan.baseline);
}

}  // namespace

std::optional<std::string> reason_to_skip(const ServerSpec& spec, const Work& work) {
    if (std::optional<std::string> why = spec.reason_to_skip(work)) return why;
    if (std::optional<std::string> lack = lack_for_connections(work)) return lack;
    const std::optional<std::string> lack = lack_of_threads(threads_needed(spec, work));
    return lack ? std::optional("needs " + *lack) : std::nullopt;
}

class ComparisonInSteps::Implementation {
public:
    Implementation(const std::vector<ServerSpec>& specs, TestSetup setup, Plan plan, Progress& progress)
        : setup_(std::move(setup)), plan_(std::move(plan)), progress_(progress) {
        for (const ServerSpec& spec : specs)
            comparison_.rows.push_back({.spec = spec, .skipped = reason_to_skip(spec, setup_.work)});
    }
    Implementation(Comparison so_far, TestSetup setup, Plan plan, Progress& progress)
        : setup_(std::move(setup)),
          plan_(std::move(plan)),
          progress_(progress),
          comparison_(std::move(so_far)),
          is_continued_(true) {
        for (const ServerResult& row : comparison_.rows)
            if (const auto why = still_measured(row) ? reason_to_skip(row.spec, setup_.work) : std::nullopt)
                refuse_further_sessions(fmt::format("{}: {}", row.spec.title(), *why));
    }

    void begin() {
        if (is_continued_) return begin_further_sessions();
        std::vector<ServerResult>& rows = comparison_.rows;
        const auto left = [&] {
            return plan_.sessions ? time_in_sessions(plan_) : longest_time_in_windows(rows, setup_, plan_);
        };
        for (ServerResult& row : rows) {
            if (!still_measured(row) || setup_.work.idle_memory == 0) continue;
            progress_.show(row.spec.title(), "memory", left());
            measure_memory(row, setup_);
        }
        if (setup_.system_calls) {
            const SystemCallMeter meter;
            for (ServerResult& row : rows) {
                if (!still_measured(row)) continue;
                progress_.show(row.spec.title(), "system calls", left());
                count_calls(row, meter, setup_);
                progress_.calls_counted(row);
            }
        }
        if (std::ranges::none_of(rows, still_measured)) return;
        if (plan_.sessions) {
            series_.emplace(comparison_, setup_, plan_, progress_);
            const std::optional<std::string> why_not = series_->begin();
            if (!why_not) return;
            series_.reset();
            comparison_.why_windows = *why_not;
        }
        compare_in_windows(rows, setup_, plan_, progress_);
    }

    SessionSeries* series() { return series_ ? &*series_ : nullptr; }
    Comparison& comparison() { return comparison_; }

private:
    void begin_further_sessions() {
        plan_.sessions->slice = comparison_.slice;
        tell_of_last_session(comparison_.rows, plan_, progress_);
        series_.emplace(comparison_, setup_, plan_, progress_);
        if (!series_->needs_another()) return;
        if (const std::optional<std::string> why_not = series_->begin()) refuse_further_sessions(*why_not);
    }

    const TestSetup setup_;
    Plan plan_;
    Progress& progress_;
    Comparison comparison_;
    const bool is_continued_ = false;
    std::optional<SessionSeries> series_;  // nothing if there is nothing to measure in sessions
};

ComparisonInSteps::ComparisonInSteps(const std::vector<ServerSpec>& specs, TestSetup setup, Plan plan,
                                     Progress& progress)
    : implementation_(std::make_unique<Implementation>(specs, std::move(setup), std::move(plan), progress)) {}

ComparisonInSteps::ComparisonInSteps(Comparison so_far, TestSetup setup, Plan plan, Progress& progress)
    : implementation_(
          std::make_unique<Implementation>(std::move(so_far), std::move(setup), std::move(plan), progress)) {}

ComparisonInSteps::~ComparisonInSteps() = default;

void ComparisonInSteps::begin() { implementation_->begin(); }

bool ComparisonInSteps::needs_another_session() const {
    const SessionSeries* const series = implementation_->series();
    return series != nullptr && series->needs_another();
}

void ComparisonInSteps::measure_another_session() { implementation_->series()->measure_another(); }

std::chrono::seconds ComparisonInSteps::time_left() const {
    return needs_another_session() ? implementation_->series()->time_left() : std::chrono::seconds(0);
}

const Comparison& ComparisonInSteps::so_far() const { return implementation_->comparison(); }

Comparison ComparisonInSteps::take() { return std::move(implementation_->comparison()); }

Comparison compare(const std::vector<ServerSpec>& specs, const TestSetup& setup, const Plan& plan, Progress& progress) {
    ComparisonInSteps steps(specs, setup, plan, progress);
    bool is_interrupted = false;
    try {
        steps.begin();
        while (steps.needs_another_session()) steps.measure_another_session();
    } catch (const Interrupted&) {
        is_interrupted = true;
    }
    Comparison comparison = steps.take();
    comparison.interrupted = is_interrupted;
    return comparison;
}

}  // namespace iomux::compare
