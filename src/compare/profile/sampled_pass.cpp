#include "compare/profile/sampled_pass.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "compare/comparison/sessions.hpp"
#include "compare/statistics/bootstrap.hpp"
#include "posix/clock.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono;

// The rest of a session is for starting the servers, warming them up, and settling.
constexpr double share_of_slices = 0.6;
constexpr std::size_t usual_sessions = 12;

// Its start and its warm-up take as long for few cycles as for many, so the session should not be short.
SessionPlan session_plan(nanoseconds slice, std::size_t servers, nanoseconds budget) {
    const nanoseconds time_of_slices =
        std::min(nanoseconds(1s),
                 duration_cast<nanoseconds>(budget * share_of_slices / static_cast<double>(usual_sessions * servers)));
    return {.warmup_cycles = static_cast<std::size_t>(ceil<nanoseconds>(60ms) / slice) + 1,
            .cycles = std::max<std::size_t>(5, static_cast<std::size_t>(time_of_slices / slice)),
            .slice = slice};
}

}  // namespace

SampledPass::SampledPass(const Comparison& comparison, const TestSetup& setup, const KernelSymbols& kernel,
                         nanoseconds budget, std::optional<nanoseconds> warmup, std::uint32_t seed)
    : setup_(setup),
      kernel_(kernel),
      rows_(comparison.rows.size()),
      plan_(session_plan(*comparison.slice, std::max<std::size_t>(1, count_still_measured(comparison.rows)), budget)),
      budget_(budget),
      random_(seed) {
    const SessionLimits limits{.warmup = warmup};
    for (std::size_t i = 0; i < rows_; ++i) {
        const ServerResult& row = comparison.rows[i];
        if (!still_measured(row)) continue;
        specs_.push_back(row.spec);
        row_of_spec_.push_back(i);
        plan_.warm_ups.push_back(warm_up_for(row, limits));
    }
}

bool SampledPass::needs_another() const {
    // With fewer sessions, the parts have no interval.
    if (sessions_.size() < least_values_for_interval) return true;
    return spent_ + spent_ / static_cast<nanoseconds::rep>(sessions_.size()) <= budget_;
}

std::vector<std::optional<std::string>> SampledPass::run_session(MissedSamples& missed) {
    const posix::Clock::time_point begin = posix::Clock::now();
    plan_.seed = random_();
    std::vector<std::optional<std::string>> failed(rows_);
    std::vector<ProfileShare> shares = profile_session(specs_, setup_, plan_, kernel_, missed);
    std::vector<std::optional<SessionProfile>>& profiles = sessions_.emplace_back(rows_);
    for (std::size_t i = shares.size(); i-- > 0;) {
        const std::size_t row = row_of_spec_[i];
        profiles[row] = std::move(shares[i].profile);
        failed[row] = std::move(shares[i].failed);
        if (failed[row]) leave_out(i);
    }
    spent_ += posix::Clock::now() - begin;
    return failed;
}

void SampledPass::leave_out_failed(const Comparison& comparison) {
    for (std::size_t i = specs_.size(); i-- > 0;)
        if (!still_measured(comparison.rows[row_of_spec_[i]])) leave_out(i);
}

std::vector<std::optional<HardwareCounts>> SampledPass::count_session() {
    std::vector<std::optional<HardwareCounts>> counts(rows_);
    const std::vector<std::optional<HardwareCounts>> of_specs = count_in_session(specs_, setup_, plan_);
    for (std::size_t i = 0; i < of_specs.size(); ++i) counts[row_of_spec_[i]] = of_specs[i];
    return counts;
}

std::vector<std::vector<SessionProfile>> SampledPass::sessions_of(std::span<const std::size_t> rows) const {
    std::vector<std::vector<SessionProfile>> complete;
    for (const auto& profiles : sessions_) {
        if (!std::ranges::all_of(rows, [&](std::size_t row) { return profiles[row].has_value(); })) continue;
        std::vector<SessionProfile>& chosen = complete.emplace_back();
        for (const std::size_t row : rows) chosen.push_back(*profiles[row]);
    }
    return complete;
}

std::string SampledPass::step() const { return fmt::format("session {} with sampling", sessions_.size() + 1); }

seconds SampledPass::time_left() const { return ceil<seconds>(std::max(budget_ - spent_, nanoseconds(0))); }

void SampledPass::leave_out(std::size_t place) {
    const auto at = static_cast<std::ptrdiff_t>(place);
    specs_.erase(specs_.begin() + at);
    row_of_spec_.erase(row_of_spec_.begin() + at);
    plan_.warm_ups.erase(plan_.warm_ups.begin() + at);
}

}  // namespace iomux::compare
