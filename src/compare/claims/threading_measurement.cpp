#include "compare/claims/threading_measurement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <stdexcept>

#include "compare/claims/claim_words.hpp"
#include "compare/comparison/comparison.hpp"
#include "compare/comparison/summary.hpp"
#include "compare/measure/test_setup.hpp"
#include "compare/process/wait.hpp"
#include "compare/servers/programs.hpp"
#include "compare/servers/server_list.hpp"
#include "posix/clock.hpp"
#include "posix/limits.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono_literals;

// Measuring pins this thread to the core of the load. The destructor restores the previous cores.
class CoresGuard {
public:
    CoresGuard() : cores_(posix::allowed_cores()) {}
    ~CoresGuard() { pin_to(cores_); }
    CoresGuard(const CoresGuard&) = delete;
    CoresGuard& operator=(const CoresGuard&) = delete;

private:
    std::vector<int> cores_;
};

std::vector<ServerSpec> raw_servers(const std::vector<std::string_view>& names) {
    std::vector<ServerSpec> chosen;
    for (const std::string_view name : names) {
        const std::vector<ServerSpec>& servers = servers_of(program_named("iomux-raw"));
        const auto found = std::ranges::find(servers, name, &ServerSpec::name);
        if (found == servers.end()) throw std::runtime_error(fmt::format("iomux-raw has no server named \"{}\"", name));
        chosen.push_back(*found);
    }
    return chosen;
}

// What is measured. The numbers are ascending.
struct Extent {
    std::vector<std::size_t> connections;
    std::vector<std::size_t> idle;
    std::vector<std::size_t> clients_of_pool;
    std::size_t most_with_pool;  // the most connections with which the pool is compared: it has as many threads
    SessionLimits sessions;
    std::chrono::milliseconds window;
};

Extent extent_of(bool quick) {
    if (quick)
        return {.connections = {1, 2, 4, 8, 16, 100},
                .idle = {10, 1000},
                .clients_of_pool = {8, 9, 100},
                .most_with_pool = 0,
                .sessions = {.least = 4, .most = 8, .cycles = 5},
                .window = 60ms};
    return {.connections = {1, 2, 4, 8, 16, 100, 1000},
            .idle = {10, 100, 1000},
            .clients_of_pool = {4, 8, 9, 16, 100},
            .most_with_pool = 8,
            .sessions = {.least = 6, .most = 10},
            .window = 200ms};
}

// Divides the time that is left among the measurements that follow.
class Schedule {
public:
    Schedule(std::chrono::seconds time, std::size_t measurements)
        : end_(posix::Clock::now() + time), measurements_(measurements) {}

    // For the next measurement.
    std::chrono::nanoseconds next() {
        const std::chrono::nanoseconds left = std::max(end_ - posix::Clock::now(), posix::Clock::duration(0));
        return left / static_cast<std::chrono::nanoseconds::rep>(measurements_--);
    }
    // After the current measurement.
    std::chrono::seconds behind(std::chrono::nanoseconds share) const {
        return std::chrono::ceil<std::chrono::seconds>(share *
                                                       static_cast<std::chrono::nanoseconds::rep>(measurements_));
    }

private:
    const posix::Clock::time_point end_;
    std::size_t measurements_;
};

LoadPoint measure(const std::vector<std::string_view>& names, std::size_t connections, const Work& work,
                  const Plan& plan, Progress& whole, std::chrono::seconds behind) {
    ProgressOfPart progress(whole, plural(connections, "connection"), behind);
    check_limits(work);
    Comparison comparison = compare(raw_servers(names), make_test_setup(work, cores_of({})), plan, progress);
    if (comparison.interrupted) throw Interrupted();
    return {connections, std::move(comparison.rows)};
}

LoadPoint measure_memory(std::size_t idle, Progress& progress, std::chrono::seconds behind) {
    return measure({"epoll", "blocking"}, idle, {.idle_memory = idle}, {.least_rounds = 0, .most_rounds = 0}, progress,
                   behind);
}

LoadPoint measure_pool(std::size_t clients, Progress& progress, std::chrono::seconds behind) {
    const Work work{.connections = clients, .idle_memory = 0, .warmup = 30ms, .duration = 60ms};
    return measure({"pool"}, clients, work, {.least_rounds = 1, .most_rounds = 1}, progress, behind);
}

LoadPoint measure_load(std::size_t connections, const Extent& extent, std::chrono::nanoseconds budget,
                       Progress& progress, std::chrono::seconds behind) {
    std::vector<std::string_view> names{"epoll", "blocking"};
    if (connections <= extent.most_with_pool) names.emplace_back("pool");
    const Work work{
        .connections = connections, .idle_memory = 0, .warmup = extent.window / 2, .duration = extent.window};
    const std::size_t rounds = rounds_for_significance(extent.connections.size() + 1);
    const Plan plan{.sessions = extent.sessions,
                    .least_rounds = rounds,
                    .most_rounds = rounds + 3,
                    .budget = budget,
                    .seed = std::random_device()()};
    return measure(names, connections, work, plan, progress, behind);
}

const Experiment* experiment_named(std::span<const Experiment> experiments, std::string_view name) {
    const auto found = std::ranges::find(experiments, name, &Experiment::name);
    return found == experiments.end() || found->points.empty() ? nullptr : &*found;
}

// The servers with these titles; nothing if one of them is missing or not `measured`.
std::optional<std::vector<ServerResult>> rows_named(const Point& point, const std::vector<std::string_view>& titles,
                                                    bool (*measured)(const ServerResult&)) {
    std::vector<ServerResult> rows;
    for (const std::string_view title : titles) {
        const ServerResult* const found = find_row(point.rows, title);
        if (found == nullptr || !measured(*found)) return std::nullopt;
        rows.push_back(*found);
    }
    return rows;
}

}  // namespace

std::optional<ThreadingFigures> threading_figures_in(std::span<const Experiment> experiments) {
    const Experiment* load = experiment_named(experiments, "throughput");
    const Experiment* memory = experiment_named(experiments, "memory");
    if (load == nullptr || memory == nullptr || load->points.size() < 2) return std::nullopt;
    ThreadingFigures figures;
    for (const Point& point : load->points) {
        const auto servers = rows_named(point, {"epoll", "blocking"}, is_complete);
        const auto pool = rows_named(point, {"pool"}, is_complete);
        if (!servers || !pool) return std::nullopt;
        figures.load.push_back({point.work.connections, *servers});
        figures.pool.push_back({point.work.connections, *pool});
    }
    for (const Point& point : memory->points) {
        const auto servers = rows_named(point, {"epoll", "blocking"}, still_measured);
        if (!servers) return std::nullopt;
        figures.memory.push_back({point.work.idle_memory, *servers});
    }
    return figures;
}

std::chrono::seconds longest_threading_measurement(bool quick) { return quick ? 20s : 70s; }

ThreadingFigures measure_threading(bool quick, Progress& progress) {
    const CoresGuard guard;
    const Extent extent = extent_of(quick);
    Schedule schedule(longest_threading_measurement(quick),
                      extent.idle.size() + extent.clients_of_pool.size() + extent.connections.size());
    ThreadingFigures figures;
    // The short measurements are first, so that the others know how much time is left.
    for (const std::size_t idle : extent.idle)
        figures.memory.push_back(measure_memory(idle, progress, schedule.behind(schedule.next())));
    for (const std::size_t clients : extent.clients_of_pool)
        figures.pool.push_back(measure_pool(clients, progress, schedule.behind(schedule.next())));
    for (const std::size_t connections : extent.connections) {
        const std::chrono::nanoseconds budget = schedule.next();
        figures.load.push_back(measure_load(connections, extent, budget, progress, schedule.behind(budget)));
    }
    return figures;
}

}  // namespace iomux::compare
