#include "compare/comparison/scenarios.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <utility>

#include "compare/terminal/table.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono_literals;

// The base of every work. Memory has a scenario of its own, so it is not measured here.
Work base_work(bool quick) {
    Work work{.idle_memory = 0};
    if (quick) {
        work.warmup = 50ms;
        work.duration = 250ms;
    }
    return work;
}

std::string counted(double number, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", grouped(number), number == 1 ? one : many);
}

std::string connections_label(std::size_t connections) {
    return counted(static_cast<double>(connections), "connection", "connections");
}

// One point for each value, which `set` writes into the work.
template <class Value, class Set, class Label>
std::vector<Point> over(std::string_view name, std::vector<Value> values, const Work& work, Set set, Label label) {
    std::vector<Point> points;
    for (const Value value : values) {
        Point point{.at = {{std::string(name), static_cast<double>(value)}}, .label = label(value), .work = work};
        std::invoke(set, point.work, value);
        points.push_back(std::move(point));
    }
    return points;
}

template <class Set>
std::vector<Point> over_connections(std::vector<std::size_t> values, const Work& work, Set set) {
    return over("connections", std::move(values), work, set, connections_label);
}

void set_connections(Work& work, std::size_t connections) { work.connections = connections; }

std::vector<std::size_t> either(bool quick, std::vector<std::size_t> few, std::vector<std::size_t> many) {
    return quick ? std::move(few) : std::move(many);
}

std::vector<Point> throughput(bool quick) {
    return over_connections(either(quick, {1, 10, 100}, {1, 10, 100, 1000}), base_work(quick), set_connections);
}

std::vector<Point> latency(bool quick) {
    return over(
        "rate", either(quick, {2000, 8000}, {500, 2000, 8000}), base_work(quick),
        [](Work& work, std::size_t rate) { work.rate = static_cast<double>(rate); },
        [](std::size_t rate) { return grouped(rate) + " messages per second"; });
}

std::vector<Point> idle(bool quick) {
    Work work = base_work(quick);
    work.connections = 10;
    return over(
        "idle", either(quick, {0, 900, 10000}, {0, 100, 900, 3000, 10000}), work,
        [](Work& one, std::size_t idle) { one.idle = idle; }, [](std::size_t idle) { return grouped(idle) + " idle"; });
}

// For each number of connections, a share of them sends messages and the others are idle.
std::vector<Point> active(bool quick) {
    std::vector<Point> points;
    for (const std::size_t all : either(quick, {100, 900}, {10, 100, 900, 8000}))
        for (const std::size_t percent : either(quick, {10, 100}, {1, 10, 50, 100})) {
            Work work = base_work(quick);
            work.connections = std::max<std::size_t>(1, all * percent / 100);
            work.idle = all - work.connections;
            points.push_back(
                {.at = {{"connections", static_cast<double>(all)}, {"active", static_cast<double>(percent) / 100}},
                 .label = fmt::format("{}, {} % active", grouped(all), percent),
                 .work = work});
        }
    return points;
}

std::vector<Point> churn(bool quick) {
    Work work = base_work(quick);
    work.churn = true;
    return over_connections(either(quick, {16}, {1, 16, 64}), work, set_connections);
}

std::string size_label(std::size_t size) {
    if (size >= 1024 * 1024) return fmt::format("{} MiB", size / (1024 * 1024));
    return size >= 1024 ? fmt::format("{} KiB", size / 1024) : fmt::format("{} bytes", size);
}

std::vector<Point> size(bool quick) {
    Work work = base_work(quick);
    work.connections = 16;
    return over(
        "size", either(quick, {64, 65536}, {16, 256, 4096, 65536, 1048576}), work,
        [](Work& one, std::size_t bytes) { one.size = bytes; }, size_label);
}

std::vector<Point> depth(bool quick) {
    Work work = base_work(quick);
    work.connections = 16;
    return over(
        "depth", either(quick, {1, 16}, {1, 4, 16, 64}), work, [](Work& one, std::size_t many) { one.depth = many; },
        [](std::size_t many) { return fmt::format("{} in flight", many); });
}

std::vector<Point> memory(bool quick) {
    return over(
        "idle", either(quick, {500}, {100, 1000, 8000}), base_work(quick),
        [](Work& work, std::size_t many) { work.idle_memory = many; },
        [](std::size_t many) { return grouped(many) + " idle"; });
}

std::vector<Point> system_calls(bool quick) { return over_connections({1, 64}, base_work(quick), set_connections); }

std::vector<Point> threads(bool quick) {
    return over_connections(either(quick, {64}, {8, 64, 512}), base_work(quick), set_connections);
}

std::vector<Point> slow(bool quick) {
    std::vector<Point> points;
    for (const auto& [name, simulated_work] :
         {std::pair{"at once", ""}, {"100 µs busy", "busy:100us"}, {"1 ms asleep", "sleep:1ms"}}) {
        Point point{.at = {{"case", static_cast<double>(points.size())}}, .label = name, .work = base_work(quick)};
        point.work.connections = 32;
        point.work.simulated_work = simulated_work;
        points.push_back(std::move(point));
    }
    return points;
}

std::vector<Point> fairness(bool quick) {
    Work work = base_work(quick);
    work.connections = 4;
    work.rate = quick ? 1000 : 400;
    return over(
        "flooders", std::vector<std::size_t>{0, 1}, work, [](Work& one, std::size_t many) { one.flooders = many; },
        [](std::size_t many) {
            return many == 0 ? "alone" : counted(static_cast<double>(many), "flooder", "flooders");
        });
}

std::vector<Point> udp(bool quick) {
    Work work = base_work(quick);
    work.datagrams = true;
    return over("connections", either(quick, {16}, {1, 16, 64}), work, set_connections,
                [](std::size_t sockets) { return counted(static_cast<double>(sockets), "socket", "sockets"); });
}

const std::array all_scenarios{
    Scenario{.name = "throughput",
             .question = "How does the CPU cost per message change with the number of connections?",
             .figures = {Figure::cpu, Figure::rate},
             .points = throughput},
    Scenario{.name = "latency",
             .question = "What are the CPU cost per message and the latency at a fixed message rate?",
             .figures = {Figure::cpu, Figure::p99},
             .points = latency,
             .in_windows = true},
    Scenario{.name = "idle",
             .question = "How do idle connections affect the CPU cost per message?",
             .figures = {Figure::cpu},
             .points = idle},
    Scenario{
        .name = "active",
        .question = "Which server needs the least CPU per message, by number of connections and share of active ones?",
        .figures = {Figure::cpu},
        .points = active},
    Scenario{.name = "churn",
             .question = "What is the CPU cost per message if every message uses a new connection?",
             .figures = {Figure::cpu, Figure::rate},
             .points = churn},
    Scenario{.name = "size",
             .question = "How does the CPU cost per message change with the message size?",
             .figures = {Figure::cpu},
             .points = size},
    Scenario{.name = "depth",
             .question = "How do several messages in flight per connection affect the CPU cost per message?",
             .figures = {Figure::cpu},
             .points = depth},
    Scenario{.name = "memory",
             .question = "How much memory does an idle connection use?",
             .figures = {Figure::idle_memory},
             .points = memory,
             .takes_rounds = false},
    Scenario{.name = "syscalls",
             .question = "Which system calls does a server make per message, and how many?",
             .figures = {Figure::system_calls},
             .points = system_calls,
             .takes_rounds = false},
    Scenario{.name = "threads",
             .question = "How do more threads affect throughput and the CPU cost per message?",
             .figures = {Figure::rate, Figure::cpu},
             .points = threads,
             .servers = "epoll,epoll --threads 2,callbacks,callbacks --threads 2,callbacks --threads 2 --contexts "
                        "shared,blocking,pool",
             .quick_servers = "epoll,epoll --threads 2,callbacks,callbacks --threads 2",
             .server_cores = "all"},
    Scenario{.name = "slow",
             .question = "Which server has the highest throughput if handling a message takes time?",
             .figures = {Figure::rate, Figure::cpu},
             .points = slow,
             .servers = "epoll,io_uring,callbacks,pool,blocking",
             .quick_servers = "epoll,callbacks,pool,blocking"},
    Scenario{.name = "fairness",
             .question = "How does a client that floods the server affect the latency of other clients?",
             .figures = {Figure::p99},
             .points = fairness,
             .in_windows = true},
    Scenario{.name = "udp",
             .question = "What is the CPU cost per datagram?",
             .figures = {Figure::cpu, Figure::rate},
             .points = udp,
             .quick_servers = "select,poll,epoll,callbacks"},
};

}  // namespace

std::span<const Scenario> scenarios() { return all_scenarios; }

const Scenario* find_scenario(std::string_view name) {
    const auto found = std::ranges::find(all_scenarios, name, &Scenario::name);
    return found == all_scenarios.end() ? nullptr : &*found;
}

}  // namespace iomux::compare
