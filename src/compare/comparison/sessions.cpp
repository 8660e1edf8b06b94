#include "compare/comparison/sessions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "compare/comparison/summary.hpp"
#include "compare/measure/session.hpp"
#include "posix/clock.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono;

constexpr nanoseconds shortest_slice = 20ms;
// With longer slices the servers are no longer compared at the same time, and a session takes minutes.
constexpr nanoseconds longest_slice = 100ms;

// Decides whether to run another session.
class Sessions {
public:
    explicit Sessions(const Plan& plan)
        : plan_(plan), budget_(plan.budget.value_or(default_session_budget)), random_(plan.seed) {}

    bool needs_another(const std::vector<ServerResult>& rows) const {
        if (ended_ >= plan_.sessions->most || count_still_measured(rows) == 0) return false;
        if (ended_ < plan_.sessions->least) return true;
        if (plan_.precision && ended_ >= least_sessions_for_precision &&
            are_precise(rows, plan_.baseline, *plan_.precision))
            return false;
        return spent() + spent() / ended_ <= budget_;
    }
    void ended() { ++ended_; }
    std::uint64_t next_seed() { return random_(); }

    std::string step() const { return fmt::format("session {}", ended_ + 1); }
    seconds time_left() const {
        if (ended_ == 0) return ceil<seconds>(budget_);
        const auto until = [this](std::size_t sessions) {
            return spent() / ended_ * static_cast<nanoseconds::rep>(sessions - std::min(sessions, ended_));
        };
        const nanoseconds of_budget = std::max(budget_ - spent(), nanoseconds(0));
        return ceil<seconds>(std::max(nanoseconds(until(plan_.sessions->least)),
                                      std::min(nanoseconds(until(plan_.sessions->most)), of_budget)));
    }

private:
    nanoseconds spent() const { return posix::Clock::now() - began_; }

    const Plan plan_;
    const nanoseconds budget_;
    const posix::Clock::time_point began_ = posix::Clock::now();
    std::size_t ended_ = 0;
    std::mt19937_64 random_;
};

// The servers that are still measured.
struct Measured {
    explicit Measured(std::vector<ServerResult>& all) {
        for (ServerResult& row : all)
            if (still_measured(row)) {
                rows.push_back(&row);
                specs.push_back(row.spec);
            }
    }

    std::vector<ServerResult*> rows;
    std::vector<ServerSpec> specs;
};

void measure_session(std::vector<ServerResult>& rows, const TestSetup& setup, const SessionPlan& plan,
                     Progress& progress) {
    const Measured measured(rows);
    std::vector<SessionShare> shares = run_session(measured.specs, setup, plan, [&](const TurnSample& turn) {
        progress.turn_ended(measured.specs[turn.server], turn);
    });
    for (std::size_t i = 0; i < shares.size(); ++i) {
        ServerResult& row = *measured.rows[i];
        const std::size_t number = row.rounds.size() + 1;
        progress.round_begins(row.spec, number);
        if (shares[i].failed)
            row.failed = number == 1 ? *shares[i].failed : fmt::format("{} (in session {})", *shares[i].failed, number);
        row.rounds.push_back(std::move(shares[i].round));
        progress.round_ended(row);
    }
    for (ServerResult& row : rows) row.rounds.resize(measured.rows.front()->rounds.size());
}

// A short session, which shows how fast the servers are: for each, the messages per second in its fastest turn. Its
// other results are not kept.
std::vector<double> rehearse(std::vector<ServerResult>& rows, const TestSetup& setup, std::uint64_t seed) {
    const SessionPlan plan{.warmup_cycles = 1, .cycles = 3, .slice = shortest_slice, .seed = seed};
    const Measured measured(rows);
    std::vector<double> rates(measured.rows.size());
    run_session(measured.specs, setup, plan, [&](const TurnSample& turn) {
        rates[turn.server] = std::max(rates[turn.server], turn.messages / turn.seconds);
    });
    return rates;
}

// So long that every connection can send some messages. Then the beginning of a slice, when all connections send at
// once, and its end, when the last replies are awaited, matter little. At a fixed rate there is neither, but a slice
// must have messages.
nanoseconds slice_for(const std::vector<double>& rates, const Work& work) {
    constexpr double messages_at_a_rate = 200;
    if (work.rate)
        return std::max(shortest_slice,
                        nanoseconds(ceil<milliseconds>(duration<double>(messages_at_a_rate / *work.rate))));
    constexpr double messages_per_connection = 20;
    const double messages = messages_per_connection * static_cast<double>(work.connections * work.depth);
    nanoseconds slice = shortest_slice;
    for (const double rate : rates)
        if (rate > 0) slice = std::max(slice, duration_cast<nanoseconds>(duration<double>(messages / rate)));
    return ceil<milliseconds>(slice);
}

SessionPlan plan_with(nanoseconds slice, const SessionLimits& limits) {
    constexpr std::size_t least_cycles = 3;
    constexpr nanoseconds warmup = 3 * shortest_slice;
    const auto longer = static_cast<std::size_t>((slice + shortest_slice - 1ns) / shortest_slice);
    return {.warmup_cycles = static_cast<std::size_t>((warmup + slice - 1ns) / slice),
            .cycles = std::max(std::min(least_cycles, limits.cycles), limits.cycles / longer),
            .slice = slice};
}

}  // namespace

seconds time_in_sessions(const Plan& plan) { return ceil<seconds>(plan.budget.value_or(default_session_budget)); }

std::optional<std::string> compare_in_sessions(Comparison& comparison, const TestSetup& setup, const Plan& plan,
                                               Progress& progress) {
    std::vector<ServerResult>& rows = comparison.rows;
    if (const auto why = reason_against_sessions(setup, count_still_measured(rows))) return why;
    Sessions sessions(plan);
    const SessionLimits& limits = *plan.sessions;
    nanoseconds slice = limits.slice.value_or(nanoseconds(0));
    if (!limits.slice) {
        progress.show("all servers", "rehearsal", sessions.time_left());
        slice = slice_for(rehearse(rows, setup, sessions.next_seed()), setup.work);
        if (slice > longest_slice)
            return fmt::format("with {} connections, because the slices would be longer than {} ms",
                               setup.work.connections, duration_cast<milliseconds>(longest_slice).count());
    }
    comparison.slice = slice;
    SessionPlan session = plan_with(slice, limits);
    while (sessions.needs_another(rows)) {
        progress.show("all servers", sessions.step(), sessions.time_left());
        session.seed = sessions.next_seed();
        measure_session(rows, setup, session, progress);
        sessions.ended();
    }
    return std::nullopt;
}

}  // namespace iomux::compare
