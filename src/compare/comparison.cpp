#include "compare/comparison.hpp"

#include <fmt/format.h>

#include <exception>

#include "compare/server_process.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono;

bool goes_on(const Row& row) { return !row.skipped && !row.failed; }

// What rounds take, learned from those that were run.
class Pace {
public:
    // Start and end of two processes, roughly; of no weight once a round has been run.
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

void measure_memory(Row& row, const Bench& bench) try {
    const ServerProcess server(row.contestant, bench.work, bench.cores.server);
    try {
        row.idle_memory = measure_idle_memory(server, row.contestant.idle_connections(bench.work));
    } catch (const std::exception& error) {
        row.idle_unknown = error.what();
    }
} catch (const std::exception& error) {
    row.failed = error.what();
}

void measure_round(Row& row, std::size_t round, const Bench& bench) try {
    row.rounds[round] = run_round(row.contestant, bench);
} catch (const std::exception& error) {
    row.failed = round == 0 ? error.what() : fmt::format("{} (in round {})", error.what(), round + 1);
}

std::size_t rounds_left(const std::vector<Row>& rows, std::size_t round, std::size_t rounds, const Row& current) {
    std::size_t left = 0;
    for (const Row& row : rows)
        if (goes_on(row)) left += rounds - round - (&row < &current ? 1 : 0);
    return left;
}

}  // namespace

bool is_complete(const Row& row) { return goes_on(row) && !row.rounds.empty(); }

std::vector<Row> compare(const std::vector<Contestant>& contestants, const Bench& bench, std::size_t rounds,
                         Progress& progress) {
    std::vector<Row> rows;
    for (const Contestant& contestant : contestants)
        rows.push_back({.contestant = contestant,
                        .skipped = contestant.reason_to_skip(bench.work),
                        .rounds = std::vector<std::optional<Round>>(rounds)});
    Pace pace(bench.work);
    for (Row& row : rows) {
        if (!goes_on(row) || bench.work.idle_memory == 0) continue;
        progress.show(row.contestant.title(), "memory", pace.time_for(rounds_left(rows, 0, rounds, rows.front())));
        measure_memory(row, bench);
    }
    for (std::size_t round = 0; round < rounds; ++round)
        for (Row& row : rows) {
            if (!goes_on(row)) continue;
            progress.show(row.contestant.title(), fmt::format("round {}/{}", round + 1, rounds),
                          pace.time_for(rounds_left(rows, round, rounds, row)));
            pace.begin();
            measure_round(row, round, bench);
            pace.end();
        }
    return rows;
}

}  // namespace iomux::compare
