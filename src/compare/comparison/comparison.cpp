#include "compare/comparison/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <numeric>
#include <random>

#include "compare/comparison/summary.hpp"
#include "compare/servers/server_process.hpp"

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

void measure_memory(ServerResult& row, const TestSetup& setup) try {
    const ServerProcess server(row.spec, setup.work, setup.cores.server);
    try {
        row.idle_memory = measure_idle_memory(server, row.spec.idle_connections(setup.work));
    } catch (const std::exception& error) {
        row.idle_unknown = error.what();
    }
} catch (const std::exception& error) {
    row.failed = error.what();
}

void count_calls(ServerResult& row, const SystemCallMeter& meter, const TestSetup& setup) try {
    row.system_calls = meter.count(row.spec, setup);
} catch (const std::exception& error) {
    row.system_calls_unknown = error.what();
}

void measure_round(ServerResult& row, const TestSetup& setup) try {
    row.rounds.emplace_back(run_round(row.spec, setup));
} catch (const std::exception& error) {
    row.failed =
        row.rounds.empty() ? error.what() : fmt::format("{} (in round {})", error.what(), row.rounds.size() + 1);
    row.rounds.emplace_back();
}

std::size_t count_still_measured(const std::vector<ServerResult>& rows) {
    return static_cast<std::size_t>(std::ranges::count_if(rows, still_measured));
}

bool is_precise(const std::vector<double>& ratios, double precision) {
    const std::optional<Interval> interval = median_interval(ratios, confidence);
    return interval && interval->half_width() <= precision * *median(ratios);
}

// Whether all ratios are precise enough. This checks only the widths of the intervals, because the tests of a whole
// summary take as long as a round if there are hundreds of rounds.
bool are_precise(const std::vector<ServerResult>& rows, const Plan& plan) {
    const ServerResult* baseline = choose_baseline(rows, plan.baseline);
    return std::ranges::all_of(rows, [&](const ServerResult& row) {
        return !is_complete(row) || &row == baseline || is_precise(ratios_in_rounds(row, *baseline), *plan.precision);
    });
}

// Decides whether to run another round.
class Rounds {
public:
    Rounds(const Plan& plan, const Work& work) : plan_(plan), pace_(work) {}

    bool needs_another(const std::vector<ServerResult>& rows) const {
        if (ended_ >= plan_.most_rounds || count_still_measured(rows) == 0) return false;
        if (ended_ < plan_.least_rounds) return true;
        if (plan_.precision && are_precise(rows, plan_)) return false;
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

}  // namespace

std::vector<ServerResult> compare(const std::vector<ServerSpec>& specs, const TestSetup& setup, const Plan& plan,
                                  Progress& progress) {
    std::vector<ServerResult> rows;
    rows.reserve(specs.size());
    for (const ServerSpec& spec : specs) rows.push_back({.spec = spec, .skipped = spec.reason_to_skip(setup.work)});
    Rounds rounds(plan, setup.work);
    for (ServerResult& row : rows) {
        if (!still_measured(row) || setup.work.idle_memory == 0) continue;
        progress.show(row.spec.title(), "memory", rounds.time_left(rows, 0));
        measure_memory(row, setup);
    }
    if (setup.system_calls) {
        const SystemCallMeter meter;
        for (ServerResult& row : rows) {
            if (!still_measured(row)) continue;
            progress.show(row.spec.title(), "system calls", rounds.time_left(rows, 0));
            count_calls(row, meter, setup);
            progress.calls_counted(row);
        }
    }
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
    return rows;
}

}  // namespace iomux::compare
