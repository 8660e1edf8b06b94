#include "compare/mechanisms/monitor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>

#include "compare/mechanisms/monitor_mechanisms.hpp"
#include "compare/process/wait.hpp"
#include "compare/terminal/table.hpp"
#include "posix/cpu_time.hpp"
#include "posix/error.hpp"
#include "posix/event_fd.hpp"
#include "posix/limits.hpp"

namespace iomux::compare {
namespace {

using std::chrono::nanoseconds;
using EventFds = std::vector<posix::EventFd>;

constexpr double level = 0.95;

// The mean cost of an operation in ns of CPU time, over as many operations as fit into the turn. Elapsed time would
// include the time that other processes take.
template <class Operation>
double cost_of(Operation operation, nanoseconds turn) {
    // Operations between two readings of the clock, because each reading is a system call.
    constexpr int batch = 32;
    std::size_t operations = 0;
    nanoseconds spent{0};
    const nanoseconds start = posix::thread_cpu_time();
    do {
        for (int i = 0; i < batch; ++i) operation();
        operations += batch;
        spent = posix::thread_cpu_time() - start;
    } while (spent < turn);
    return static_cast<double>(spent.count()) / static_cast<double>(operations);
}

template <class Operation>
double cost_once_warm(Operation operation, nanoseconds turn) {
    cost_of(operation, turn);
    return cost_of(operation, turn);
}

void expect(bool is_correct, const Mechanism& mechanism) {
    if (!is_correct)
        throw std::runtime_error(fmt::format("{} reported other descriptors than the ready ones", mechanism.name));
}

std::vector<int> numbers_of(std::span<const posix::EventFd> events) {
    std::vector<int> numbers;
    for (const posix::EventFd& event : events) numbers.push_back(event.fd());
    return numbers;
}

// What a mechanism is measured with, and its figures so far.
struct Cell {
    const Mechanism* mechanism;
    std::size_t descriptors;
    std::size_t ready;  // how many stay ready; 0: before each wait one is made ready, and then read
    std::vector<double> rounds = {};
    std::string not_measured = {};
};

double monitoring_cost(const Mechanism& mechanism, std::span<const posix::EventFd> events, nanoseconds turn,
                       std::mt19937& random) {
    const std::unique_ptr<Monitor> monitor = mechanism.watch(numbers_of(events));
    std::uniform_int_distribution<std::size_t> any(0, events.size() - 1);
    const auto operation = [&] {
        const posix::EventFd& event = events[any(random)];
        event.notify();
        const std::span<const int> found = monitor->wait();
        expect(found.size() == 1 && found[0] == event.fd() && event.clear(), mechanism);
    };
    return cost_once_warm(operation, turn);
}

double event_cost(const Mechanism& mechanism, std::span<const posix::EventFd> events, std::size_t ready,
                  nanoseconds turn, std::mt19937& random) {
    const std::unique_ptr<Monitor> monitor = mechanism.watch(numbers_of(events));
    std::vector<const posix::EventFd*> chosen;
    for (const posix::EventFd& event : events) chosen.push_back(&event);
    std::ranges::shuffle(chosen, random);
    chosen.resize(ready);
    for (const posix::EventFd* event : chosen) event->notify();
    const double wait = cost_once_warm([&] { expect(monitor->wait().size() == ready, mechanism); }, turn);
    for (const posix::EventFd* event : chosen) event->clear();
    return wait / static_cast<double>(ready);
}

double figure_of(const Cell& cell, std::span<const posix::EventFd> events, nanoseconds turn, std::mt19937& random) {
    constexpr double nanoseconds_per_microsecond = 1000;
    const auto watched = events.first(cell.descriptors);
    return cell.ready == 0 ? monitoring_cost(*cell.mechanism, watched, turn, random) / nanoseconds_per_microsecond
                           : event_cost(*cell.mechanism, watched, cell.ready, turn, random);
}

std::size_t ready_of(const MonitorPlan& plan, double share) {
    const double ready = std::round(share * static_cast<double>(plan.shared_descriptors));
    return std::max<std::size_t>(1, static_cast<std::size_t>(ready));
}

std::vector<Cell> cells_of(const MonitorPlan& plan) {
    std::vector<Cell> cells;
    for (const std::size_t descriptors : plan.descriptors)
        for (const Mechanism& mechanism : monitor_mechanisms()) cells.push_back({&mechanism, descriptors, 0});
    for (const double share : plan.shares)
        for (const Mechanism& mechanism : monitor_mechanisms())
            if (mechanism.reports_again) cells.push_back({&mechanism, plan.shared_descriptors, ready_of(plan, share)});
    return cells;
}

// Opens `wanted` eventfds, or as many as the limit allows in addition to the descriptors that the process needs.
EventFds open_events(std::size_t wanted) {
    constexpr std::size_t descriptors_besides = 64;
    std::size_t limit = posix::descriptor_limit();
    if (limit < wanted + descriptors_besides) limit = posix::raise_descriptor_limit();
    return EventFds(std::min(wanted, limit - std::min(limit, descriptors_besides)));
}

void note_obstacle(Cell& cell, std::span<const posix::EventFd> events) {
    if (cell.descriptors > events.size())
        cell.not_measured = fmt::format("needs {} descriptors, but the limit is {} (ulimit -n)",
                                        grouped(cell.descriptors), grouped(posix::descriptor_limit()));
    else
        cell.not_measured =
            cell.mechanism->obstacle(numbers_of(events.first(cell.descriptors))).value_or(std::string());
}

// Each of them once, in the order given. Throws Interrupted.
void measure_round(std::span<Cell* const> cells, std::span<const posix::EventFd> events, nanoseconds turn,
                   std::mt19937& random) {
    std::vector<double> figures;
    for (const Cell* cell : cells) {
        // Does not wait, but throws if a stop has been requested.
        wait_readable(-1, posix::Clock::now());
        figures.push_back(figure_of(*cell, events, turn, random));
    }
    for (std::size_t i = 0; i < cells.size(); ++i) cells[i]->rounds.push_back(figures[i]);
}

MonitorFigure summary_of(const Cell& cell) {
    return {.mechanism = std::string(cell.mechanism->name),
            .median = median(cell.rounds),
            .interval = median_interval(cell.rounds, level),
            .not_measured = cell.not_measured};
}

std::vector<MonitorFigure> figures_of(std::span<const Cell> cells, std::size_t descriptors, std::size_t ready) {
    std::vector<MonitorFigure> figures;
    for (const Cell& cell : cells)
        if (cell.descriptors == descriptors && cell.ready == ready) figures.push_back(summary_of(cell));
    return figures;
}

std::vector<const MonitorPoint*> points_with(const MonitorResult& result, std::string_view mechanism) {
    std::vector<const MonitorPoint*> points;
    for (const MonitorPoint& point : result.points)
        if (median_of(point.mechanisms, mechanism)) points.push_back(&point);
    return points;
}

}  // namespace

MonitorPlan MonitorPlan::quick() {
    MonitorPlan plan;
    plan.rounds = 6;
    plan.turn = std::chrono::milliseconds(4);
    return plan;
}

MonitorRun measure_monitor(const MonitorPlan& plan, const std::function<void(std::size_t round)>& on_round) {
    std::vector<Cell> cells = cells_of(plan);
    std::vector<Cell*> measured;
    std::size_t most = 0;
    for (const Cell& cell : cells) most = std::max(most, cell.descriptors);
    const EventFds events = open_events(most);
    for (Cell& cell : cells) {
        note_obstacle(cell, events);
        if (cell.not_measured.empty()) measured.push_back(&cell);
    }

    MonitorRun run;
    std::mt19937 random(plan.seed);
    try {
        for (std::size_t round = 1; round <= plan.rounds; ++round) {
            on_round(round);
            std::ranges::shuffle(measured, random);
            measure_round(measured, events, plan.turn, random);
        }
    } catch (const Interrupted&) {
        run.interrupted = true;
        for (Cell* cell : measured)
            if (cell->rounds.empty()) cell->not_measured = "interrupted";
    }

    for (const std::size_t descriptors : plan.descriptors)
        run.result.points.push_back({descriptors, figures_of(cells, descriptors, 0)});
    for (const double share : plan.shares)
        run.result.active.push_back(
            {plan.shared_descriptors, share, figures_of(cells, plan.shared_descriptors, ready_of(plan, share))});
    return run;
}

bool has_figures(const MonitorResult& result) {
    return std::ranges::any_of(result.points, [](const MonitorPoint& point) {
        return std::ranges::any_of(point.mechanisms,
                                   [](const MonitorFigure& figure) { return figure.median.has_value(); });
    });
}

std::optional<double> median_of(const std::vector<MonitorFigure>& figures, std::string_view mechanism) {
    const auto found = std::ranges::find(figures, mechanism, &MonitorFigure::mechanism);
    return found == figures.end() ? std::nullopt : found->median;
}

std::optional<Growth> growth_of(const MonitorResult& result, std::string_view mechanism) {
    const std::vector<const MonitorPoint*> points = points_with(result, mechanism);
    if (points.size() < 2) return std::nullopt;
    const MonitorPoint& first = *points.front();
    const MonitorPoint& last = *points.back();
    return Growth{first.descriptors, last.descriptors,
                  *median_of(last.mechanisms, mechanism) / *median_of(first.mechanisms, mechanism)};
}

std::vector<Slope> slopes_of(const MonitorResult& result, std::string_view mechanism) {
    std::vector<Slope> slopes;
    const std::vector<const MonitorPoint*> points = points_with(result, mechanism);
    for (std::size_t i = 1; i < points.size(); ++i) {
        const MonitorPoint& fewer = *points[i - 1];
        const MonitorPoint& more = *points[i];
        const double added = *median_of(more.mechanisms, mechanism) - *median_of(fewer.mechanisms, mechanism);
        slopes.push_back(
            {fewer.descriptors, more.descriptors, added / static_cast<double>(more.descriptors - fewer.descriptors)});
    }
    return slopes;
}

std::optional<double> share_where_cheaper(const MonitorResult& result, std::string_view one, std::string_view other) {
    std::optional<double> least;
    for (auto point = result.active.rbegin(); point != result.active.rend(); ++point) {
        const std::optional<double> cost = median_of(point->mechanisms, one);
        const std::optional<double> others = median_of(point->mechanisms, other);
        if (!cost || !others || *cost >= *others) break;
        least = point->share;
    }
    return least;
}

}  // namespace iomux::compare
