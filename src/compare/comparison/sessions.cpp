#include "compare/comparison/sessions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "compare/comparison/summary.hpp"
#include "compare/measure/session.hpp"
#include "compare/measure/test_setup.hpp"
#include "compare/terminal/table.hpp"
#include "posix/clock.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono;

constexpr nanoseconds shortest_slice = 20ms;

// The servers that are still measured.
struct Measured {
    Measured(std::vector<ServerResult>& all, const SessionLimits& limits) {
        for (ServerResult& row : all)
            if (still_measured(row)) {
                rows.push_back(&row);
                specs.push_back(row.spec);
                warm_ups.push_back(warm_up_for(row, limits));
                starving.push_back(std::ranges::any_of(
                    row.rounds, [](const std::optional<Round>& round) { return round && round->starved > 0; }));
            }
    }
    void note_warm_ups(const std::vector<SessionShare>& shares) const {
        for (std::size_t i = 0; i < shares.size(); ++i)
            if (!rows[i]->warmup) rows[i]->warmup = shares[i].warmup;
    }
    nanoseconds warm_up_of_all() const {
        nanoseconds sum{0};
        for (const load::WarmUpLimits& limits : warm_ups) sum += limits.longest;
        return sum;
    }

    std::vector<ServerResult*> rows;
    std::vector<ServerSpec> specs;
    std::vector<load::WarmUpLimits> warm_ups;
    std::vector<bool> starving;
};

void measure_session(std::vector<ServerResult>& rows, const TestSetup& setup, const SessionLimits& limits,
                     SessionPlan plan, Progress& progress) {
    const Measured measured(rows, limits);
    plan.warm_ups = measured.warm_ups;
    plan.starving = measured.starving;
    const std::size_t number = measured.rows.front()->rounds.size() + 1;
    progress.session_begins(number, plan.cycles);
    std::vector<SessionShare> shares = run_session(
        measured.specs, setup, plan,
        {.turn_ended = [&](const TurnSample& turn) { progress.turn_ended(measured.specs[turn.server], turn); }});
    measured.note_warm_ups(shares);
    for (std::size_t i = 0; i < shares.size(); ++i) {
        ServerResult& row = *measured.rows[i];
        if (shares[i].failed)
            row.failed = number == 1 ? *shares[i].failed : fmt::format("{} (in session {})", *shares[i].failed, number);
        row.rounds.push_back(std::move(shares[i].round));
    }
    for (ServerResult& row : rows) row.rounds.resize(measured.rows.front()->rounds.size());
}

// What a short session shows, besides how long the servers are to be warmed up. Its other results are not kept.
struct Rehearsal {
    double slowest_rate = 0;  // messages per second of the slowest server that was measured, in its fastest turn
    std::string with_changing_processes = {};  // the title of such a server
    std::string failure = {};                  // the title of a server, and how it has failed
};

Rehearsal rehearse(std::vector<ServerResult>& rows, const TestSetup& setup, const SessionLimits& limits,
                   std::uint64_t seed) {
    const Measured measured(rows, limits);
    const SessionPlan plan{.warmup_cycles = 1,
                           .cycles = 5,
                           .slice = shortest_slice,
                           .seed = seed,
                           .warm_ups = measured.warm_ups,
                           .starving = measured.starving};
    std::vector<double> rates(measured.rows.size());
    const std::vector<SessionShare> shares =
        run_session(measured.specs, setup, plan, {.turn_ended = [&](const TurnSample& turn) {
                        if (turn.seconds > 0)
                            rates[turn.server] = std::max(rates[turn.server], turn.messages / turn.seconds);
                    }});
    measured.note_warm_ups(shares);
    Rehearsal rehearsal;
    for (std::size_t i = 0; i < shares.size(); ++i) {
        if (shares[i].processes_changed) rehearsal.with_changing_processes = measured.specs[i].title();
        if (shares[i].failed) rehearsal.failure = fmt::format("{}: {}", measured.specs[i].title(), *shares[i].failed);
        if (shares[i].round && (rehearsal.slowest_rate == 0 || rates[i] < rehearsal.slowest_rate))
            rehearsal.slowest_rate = rates[i];
    }
    return rehearsal;
}

nanoseconds slice_of(double messages, double rate) {
    return rate > 0 ? std::max(shortest_slice, nanoseconds(ceil<milliseconds>(duration<double>(messages / rate))))
                    : shortest_slice;
}

// At a fixed rate, a slice must have messages.
constexpr int messages_at_a_rate = 200;
nanoseconds slice_at(double rate) { return slice_of(messages_at_a_rate, rate); }

// So long that every connection can send some messages. Then the beginning of a slice, when all connections send at
// once, and its end, when the last replies are awaited, matter little.
constexpr int messages_per_connection = 20;
nanoseconds slice_for(const Rehearsal& rehearsal, const Work& work) {
    return slice_of(messages_per_connection * static_cast<double>(work.connections * work.depth),
                    rehearsal.slowest_rate);
}

SessionPlan plan_with(nanoseconds slice, const SessionLimits& limits) {
    constexpr std::size_t least_cycles = 5;  // of fewer, the trimmed mean leaves out none
    constexpr nanoseconds warmup = 3 * shortest_slice;
    const auto in_the_same_time = static_cast<std::size_t>(static_cast<nanoseconds::rep>(limits.cycles) *
                                                           shortest_slice / std::max(slice, shortest_slice));
    return {.warmup_cycles = static_cast<std::size_t>((warmup + slice - 1ns) / slice),
            .cycles = std::max(std::min(least_cycles, limits.cycles), in_the_same_time),
            .slice = slice};
}

}  // namespace

load::WarmUpLimits warm_up_for(const ServerResult& row, const SessionLimits& limits) {
    // A just-in-time compiler makes the first tenths of a second up to twice as expensive as the rest.
    constexpr load::WarmUpLimits until_the_cost_settles{.least = 1s, .longest = 5s};
    const bool restarts = row.spec.origin == Origin::brought;
    if (row.spec.origin == Origin::registry || (row.warmup && !restarts)) return {};
    if (row.warmup) return {.least = row.warmup->time, .longest = row.warmup->time};
    return limits.warmup ? load::WarmUpLimits{*limits.warmup, *limits.warmup} : until_the_cost_settles;
}

seconds time_in_sessions(const Plan& plan) { return ceil<seconds>(plan.budget.value_or(default_session_budget)); }

// Decides whether to run another session.
class SessionSeries::Schedule {
public:
    Schedule(const Plan& plan, std::size_t sessions_so_far)
        : plan_(plan),
          so_far_(sessions_so_far),
          budget_(plan.budget.value_or(default_session_budget)),
          random_(generator_for(plan.seed, sessions_so_far)) {}

    bool needs_another(const std::vector<ServerResult>& rows) const {
        if (sessions() >= plan_.sessions->most || count_still_measured(rows) == 0) return false;
        if (sessions() < plan_.sessions->least) return true;
        if (plan_.precision && sessions() >= least_sessions_for_precision &&
            are_precise(rows, plan_.baseline, *plan_.precision))
            return false;
        return ended_ == 0 || spent() + time_of_one() <= budget_;
    }
    // Those that the rows had before, and those that have ended.
    std::size_t sessions() const { return so_far_ + ended_; }
    // The time in which other comparisons are continued does not count.
    void pause() { paused_at_ = posix::Clock::now(); }
    void go_on() {
        if (paused_at_) began_ += posix::Clock::now() - *paused_at_;
        paused_at_.reset();
    }
    // The first session begins. The time before it is part of the budget. `warm_ups`: their time in each session.
    void begin(nanoseconds warm_ups) {
        before_ = spent();
        warm_ups_ = warm_ups;
    }
    void ended() { ++ended_; }
    std::uint64_t next_seed() { return random_(); }

    std::string step() const { return fmt::format("session {}", sessions() + 1); }
    seconds time_left() const {
        const auto left = [this](std::size_t wanted) {
            return static_cast<nanoseconds::rep>(wanted - std::min(wanted, sessions()));
        };
        if (ended_ == 0) return ceil<seconds>(std::max(budget_ - before_, warm_ups_ * left(plan_.sessions->least)));
        const auto until = [&](std::size_t wanted) { return time_of_one() * left(wanted); };
        const nanoseconds of_budget = std::max(budget_ - spent(), nanoseconds(0));
        return ceil<seconds>(std::max(nanoseconds(until(plan_.sessions->least)),
                                      std::min(nanoseconds(until(plan_.sessions->most)), of_budget)));
    }

private:
    // Of other orders and other starts than in the sessions so far.
    static std::mt19937_64 generator_for(std::uint32_t seed, std::size_t sessions_so_far) {
        if (sessions_so_far == 0) return std::mt19937_64(seed);
        std::seed_seq seeds{static_cast<std::size_t>(seed), sessions_so_far};
        return std::mt19937_64(seeds);
    }
    nanoseconds spent() const { return paused_at_.value_or(posix::Clock::now()) - began_; }
    nanoseconds time_of_one() const { return (spent() - before_) / ended_; }

    const Plan plan_;
    const std::size_t so_far_;
    const nanoseconds budget_;
    nanoseconds before_{0};
    nanoseconds warm_ups_{0};
    posix::Clock::time_point began_ = posix::Clock::now();
    std::optional<posix::Clock::time_point> paused_at_ = {};
    std::size_t ended_ = 0;  // in this series
    std::mt19937_64 random_;
};

class SessionSeries::Implementation {
public:
    Implementation(Comparison& comparison, const TestSetup& setup, const Plan& plan, Progress& progress)
        : comparison_(comparison),
          setup_(setup),
          plan_(plan),
          progress_(progress),
          schedule_(plan, comparison.rows.front().rounds.size()) {}

    std::optional<std::string> begin() {
        std::optional<std::string> why_not = prepare();
        // In windows every server is warmed up anew.
        if (why_not)
            for (ServerResult& row : comparison_.rows) row.warmup.reset();
        return why_not;
    }

    bool needs_another() const { return schedule_.needs_another(comparison_.rows); }

    void measure_another() {
        const Running running(schedule_);
        progress_.show("all servers", schedule_.step(), schedule_.time_left());
        session_.seed = schedule_.next_seed();
        measure_session(comparison_.rows, setup_, *plan_.sessions, session_, progress_);
        progress_.session_ended(comparison_.rows, plan_.baseline);
        schedule_.ended();
    }

    seconds time_left() const { return schedule_.time_left(); }

private:
    std::optional<std::string> prepare() {
        const Running running(schedule_);
        std::vector<ServerResult>& rows = comparison_.rows;
        if (std::optional<std::string> why = reason_against_sessions(setup_, count_still_measured(rows))) return why;
        std::size_t threads = 0;
        for (const ServerResult& row : rows)
            if (still_measured(row)) threads += threads_needed(row.spec, setup_.work);
        if (const std::optional<std::string> lack = lack_of_threads(threads))
            return fmt::format("all servers at once need {}", *lack);
        const SessionLimits& limits = *plan_.sessions;
        const std::optional<double> rate = setup_.work.rate;
        if (rate && !limits.slice && slice_at(*rate) > limits.longest_slice)
            return too_long(fmt::format("{} messages at {} per second", messages_at_a_rate, grouped(*rate)));
        progress_.show("all servers", "rehearsal", schedule_.time_left());
        Rehearsal rehearsal = rehearse(rows, setup_, limits, schedule_.next_seed());
        // Another process may have delayed the servers.
        if (!rate && !limits.slice && slice_for(rehearsal, setup_.work) > limits.longest_slice) {
            progress_.show("all servers", "second rehearsal", schedule_.time_left());
            rehearsal = rehearse(rows, setup_, limits, schedule_.next_seed());
        }
        schedule_.begin(Measured(rows, limits).warm_up_of_all());
        if (!rehearsal.with_changing_processes.empty())
            return fmt::format("{} starts or ends processes meanwhile", rehearsal.with_changing_processes);
        if (schedule_.sessions() > 0 && !rehearsal.failure.empty()) return rehearsal.failure;
        const nanoseconds slice = limits.slice ? *limits.slice
                                  : rate       ? slice_at(*rate)
                                               : slice_for(rehearsal, setup_.work);
        if (!limits.slice && slice > limits.longest_slice)
            return too_long(fmt::format("{} messages on each connection", messages_per_connection));
        comparison_.slice = slice;
        session_ = plan_with(slice, limits);
        return std::nullopt;
    }

    // Lets the time of the sessions run while it exists.
    struct Running {
        explicit Running(Schedule& one) : schedule(one) { schedule.go_on(); }
        ~Running() { schedule.pause(); }
        Running(const Running&) = delete;
        Running& operator=(const Running&) = delete;
        Schedule& schedule;
    };

    std::string too_long(std::string_view what) const {
        return fmt::format("{} would take longer than {} ms", what,
                           duration_cast<milliseconds>(plan_.sessions->longest_slice).count());
    }

    Comparison& comparison_;
    const TestSetup& setup_;
    const Plan& plan_;
    Progress& progress_;
    Schedule schedule_;
    SessionPlan session_ = {};
};

SessionSeries::SessionSeries(Comparison& comparison, const TestSetup& setup, const Plan& plan, Progress& progress)
    : implementation_(std::make_unique<Implementation>(comparison, setup, plan, progress)) {}

SessionSeries::~SessionSeries() = default;

std::optional<std::string> SessionSeries::begin() { return implementation_->begin(); }

bool SessionSeries::needs_another() const { return implementation_->needs_another(); }

void SessionSeries::measure_another() { implementation_->measure_another(); }

seconds SessionSeries::time_left() const { return implementation_->time_left(); }

}  // namespace iomux::compare
