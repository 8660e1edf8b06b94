#include "compare/comparison/windows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <numeric>
#include <random>

#include "cli/error_text.hpp"
#include "compare/comparison/summary.hpp"
#include "compare/process/wait.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono;

// Estimates the duration of a round from the rounds so far.
class Pace {
public:
    // The initial estimate includes starting and ending two processes. It is not used after the first round.
    explicit Pace(const Work& work) : guess_(work.warmup + work.duration + milliseconds(100)) {}

    void begin() { began_ = posix::Clock::now(); }
    void end() {
        spent_ += posix::Clock::now() - began_;
        ++ended_;
    }
    seconds time_for(std::size_t rounds) const {
        const nanoseconds each = ended_ == 0 ? guess_ : spent_ / ended_;
        return ceil<seconds>(each * rounds);
    }

private:
    nanoseconds guess_;
    nanoseconds spent_{0};
    int ended_ = 0;
    posix::Clock::time_point began_;
};

void measure_round(ServerResult& row, const TestSetup& setup) try {
    row.rounds.emplace_back(run_round(row.spec, setup));
} catch (const std::exception& error) {
    row.failed = row.rounds.empty() ? cli::error_text(error)
                                    : fmt::format("{} (in round {})", cli::error_text(error), row.rounds.size() + 1);
    row.rounds.emplace_back();
}

// Decides whether to run another round.
class Rounds {
public:
    Rounds(const Plan& plan, const Work& work) : plan_(plan), pace_(work) {}

    bool needs_another(const std::vector<ServerResult>& rows) const {
        if (ended_ >= plan_.most_rounds || count_still_measured(rows) == 0) return false;
        if (ended_ < plan_.least_rounds) return true;
        if (plan_.precision && are_precise(rows, plan_.baseline, *plan_.precision)) return false;
        return !plan_.budget || spent() + pace_.time_for(count_still_measured(rows)) <= *plan_.budget;
    }
    void ended() { ++ended_; }
    Pace& pace() { return pace_; }

    std::string step() const {
        return plan_.budget || plan_.precision ? fmt::format("round {}", ended_ + 1)
                                               : fmt::format("round {}/{}", ended_ + 1, plan_.most_rounds);
    }
    // The maximum; the comparison may end earlier. `asked`: the number of servers already measured in this round.
    seconds time_left(const std::vector<ServerResult>& rows, std::size_t asked) const {
        const std::size_t servers = count_still_measured(rows);
        const seconds by_rounds = pace_.time_for(servers * (plan_.most_rounds - ended_) - std::min(asked, servers));
        return plan_.budget ? std::min(by_rounds, ceil<seconds>(std::max(*plan_.budget - spent(), nanoseconds(0))))
                            : by_rounds;
    }

private:
    nanoseconds spent() const { return posix::Clock::now() - began_; }

    const Plan plan_;
    Pace pace_;
    const posix::Clock::time_point began_ = posix::Clock::now();
    std::size_t ended_ = 0;
};

// If an interruption ends a round early, some servers have measured one round more than others.
void keep_complete_rounds(std::vector<ServerResult>& rows) {
    std::size_t complete = rows.empty() ? 0 : rows.front().rounds.size();
    for (const ServerResult& row : rows) complete = std::min(complete, row.rounds.size());
    for (ServerResult& row : rows) row.rounds.resize(complete);
}

}  // namespace

void compare_in_windows(std::vector<ServerResult>& rows, const TestSetup& setup, const Plan& plan,
                        Progress& progress) try {
    Rounds rounds(plan, setup.work);
    std::vector<std::size_t> order(rows.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::mt19937 random(plan.seed);
    while (rounds.needs_another(rows)) {
        std::ranges::shuffle(order, random);
        std::size_t asked = 0;
        for (const std::size_t place : order) {
            ServerResult& row = rows[place];
            if (!still_measured(row)) {
                row.rounds.emplace_back();
                continue;
            }
            progress.show(row.spec.title(), rounds.step(), rounds.time_left(rows, asked++));
            progress.round_begins(row.spec, row.rounds.size() + 1);
            rounds.pace().begin();
            measure_round(row, setup);
            rounds.pace().end();
            progress.round_ended(row);
        }
        rounds.ended();
    }
} catch (const Interrupted&) {
    keep_complete_rounds(rows);
    throw;
}

seconds longest_time_in_windows(const std::vector<ServerResult>& rows, const TestSetup& setup, const Plan& plan) {
    return Rounds(plan, setup.work).time_left(rows, 0);
}

}  // namespace iomux::compare
