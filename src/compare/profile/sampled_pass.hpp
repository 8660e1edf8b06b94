#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "compare/comparison/comparison.hpp"
#include "compare/profile/counted_session.hpp"
#include "compare/profile/sampled_session.hpp"

namespace iomux::compare {

/// Sessions with samples of the servers that a comparison measures. Other sessions may be between them.
class SampledPass {
public:
    /// The comparison has begun. `budget`: the time for all its sessions. `warmup`: of servers that are not of this
    /// project.
    SampledPass(const Comparison& comparison, const TestSetup& setup, const KernelSymbols& kernel,
                std::chrono::nanoseconds budget, std::optional<std::chrono::nanoseconds> warmup, std::uint32_t seed);

    bool needs_another() const;
    /// Returns for each row of the comparison why its server failed. Later sessions are without it.
    std::vector<std::optional<std::string>> run_session(MissedSamples& missed);
    /// Later sessions are without the servers that the comparison does not measure any more.
    void leave_out_failed(const Comparison& comparison);
    /// What the CPU counts in a session of its own, for each row of the comparison.
    std::vector<std::optional<HardwareCounts>> count_session();

    /// For each session that is complete: the profiles of the servers in these rows of the comparison.
    std::vector<std::vector<SessionProfile>> sessions_of(std::span<const std::size_t> rows) const;

    std::size_t sessions() const { return sessions_.size(); }
    std::string step() const;
    std::chrono::nanoseconds spent() const { return spent_; }  ///< In its sessions.
    std::chrono::seconds time_left() const;

private:
    void leave_out(std::size_t place);

    const TestSetup& setup_;
    const KernelSymbols& kernel_;
    const std::size_t rows_;
    SessionPlan plan_;
    const std::chrono::nanoseconds budget_;
    std::chrono::nanoseconds spent_{0};
    std::mt19937_64 random_;
    std::vector<ServerSpec> specs_;
    std::vector<std::size_t> row_of_spec_;
    std::vector<std::vector<std::optional<SessionProfile>>> sessions_;  // by row
};

}  // namespace iomux::compare
