#include "compare/claims/threading_measurement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <stdexcept>

#include "compare/comparison/comparison.hpp"
#include "compare/measure/test_setup.hpp"
#include "compare/process/wait.hpp"
#include "compare/servers/programs.hpp"
#include "compare/servers/server_list.hpp"
#include "posix/limits.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_that_are_few = 10;
constexpr std::size_t least_that_are_many = 1000;

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

Work echo_work(std::size_t connections, bool quick) {
    return {.connections = connections,
            .idle_memory = connections,
            .warmup = quick ? 30ms : 100ms,
            .duration = quick ? 60ms : 200ms};
}

// As many rounds as fit into the budget, at least one.
Plan plan_for(bool quick) {
    Plan plan{.least_rounds = 1, .most_rounds = 12, .budget = quick ? 2s : 8s};
    plan.seed = std::random_device()();
    return plan;
}

LoadPoint measure(const std::vector<std::string_view>& names, const Work& work, const Plan& plan, Progress& whole,
                  std::chrono::seconds behind) {
    ProgressOfPart progress(whole, fmt::format("{} connections", work.connections), behind);
    Comparison comparison = compare(raw_servers(names), make_test_setup(work, cores_of({})), plan, progress);
    if (comparison.interrupted) throw Interrupted();
    return {work.connections, std::move(comparison.rows)};
}

const Experiment* experiment_named(std::span<const Experiment> experiments, std::string_view name) {
    const auto found = std::ranges::find(experiments, name, &Experiment::name);
    return found == experiments.end() || found->points.empty() ? nullptr : &*found;
}

const ServerResult* row_named(const Point& point, std::string_view title) {
    const auto found = std::ranges::find_if(
        point.rows, [title](const ServerResult& row) { return is_complete(row) && row.spec.title() == title; });
    return found == point.rows.end() ? nullptr : &*found;
}

// `epoll` and `blocking` at that point, with the memory of an idle connection. Without rows if one of them is missing.
LoadPoint load_point_at(const Point& point, const Point& memory) {
    LoadPoint found{.connections = point.work.connections};
    for (const char* title : {"epoll", "blocking"}) {
        const ServerResult* row = row_named(point, title);
        const auto idle =
            std::ranges::find(memory.rows, title, [](const ServerResult& one) { return one.spec.title(); });
        if (row == nullptr || idle == memory.rows.end()) return {};
        found.rows.push_back(*row);
        found.rows.back().idle_memory = idle->idle_memory;
    }
    return found;
}

}  // namespace

std::optional<ThreadingFigures> threading_figures_in(std::span<const Experiment> experiments) {
    const Experiment* load = experiment_named(experiments, "throughput");
    const Experiment* memory = experiment_named(experiments, "memory");
    if (load == nullptr || memory == nullptr) return std::nullopt;
    const Point* few_at = nullptr;
    for (const Point& point : load->points)
        if (point.work.connections <= most_that_are_few) few_at = &point;
    const Point& many_at = load->points.back();
    if (few_at == nullptr || many_at.work.connections < least_that_are_many) return std::nullopt;
    ThreadingFigures figures{.few = load_point_at(*few_at, memory->points.back()),
                             .many = load_point_at(many_at, memory->points.back())};
    const ServerResult* pool = row_named(many_at, "pool");
    if (figures.few.rows.empty() || figures.many.rows.empty() || pool == nullptr) return std::nullopt;
    figures.of_pool = {many_at.work.connections, {*pool}};
    return figures;
}

std::chrono::seconds longest_threading_measurement(bool quick) { return quick ? 5s : 20s; }

ThreadingFigures measure_threading(bool quick, Progress& progress) {
    constexpr std::size_t few = 8;  // at most the number of threads in the pool
    constexpr std::size_t many = least_that_are_many;
    const CoresGuard guard;
    const Plan plan = plan_for(quick);
    // With fewer servers, fewer rounds are needed for a significant difference.
    const auto names_of_few = quick ? std::vector<std::string_view>{"epoll", "blocking"}
                                    : std::vector<std::string_view>{"epoll", "blocking", "pool"};
    Work work_of_pool = echo_work(many, true);
    work_of_pool.idle_memory = 0;
    // The budgets cover the first two measurements, but not the memory and the pool. The last arguments are the time
    // that remains after each measurement.
    const auto half = longest_threading_measurement(quick) / 2;
    return {.few = measure(names_of_few, echo_work(few, quick), plan, progress, half),
            .many = measure({"epoll", "blocking"}, echo_work(many, quick), plan, progress, 1s),
            .of_pool = measure({"pool"}, work_of_pool, {.least_rounds = 1, .most_rounds = 1}, progress, 0s)};
}

}  // namespace iomux::compare
