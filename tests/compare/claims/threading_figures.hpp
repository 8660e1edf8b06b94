#pragma once

#include <utility>
#include <vector>

#include "compare/claims/claims.hpp"
#include "rows.hpp"

namespace iomux::compare {

/// The CPU per message of `blocking` in each round or session, with that many connections. That of `epoll` is 100.
struct BlockingCosts {
    std::size_t connections;
    std::vector<int> costs;
};

inline LoadPoint load_point(const BlockingCosts& blocking) {
    return {blocking.connections,
            {row("epoll", std::vector<int>(blocking.costs.size(), 100)), row("blocking", blocking.costs)}};
}

/// The same, measured in sessions.
inline LoadPoint load_in_sessions(const BlockingCosts& blocking) {
    LoadPoint point = load_point(blocking);
    for (ServerResult& row : point.rows)
        for (std::optional<Round>& round : row.rounds) round->slices.assign(5, round->cpu_us_per_message());
    return point;
}

inline LoadPoint memory_point(std::size_t connections, double kib_with_a_thread) {
    LoadPoint point{connections, {row("epoll", {}), row("blocking", {})}};
    point.rows[0].idle_memory = IdleMemory{.connections = connections, .bytes = 1024};
    point.rows[1].idle_memory =
        IdleMemory{.connections = connections, .bytes = (kib_with_a_thread - 16) * 1024, .kernel_stack_bytes = 16384};
    return point;
}

/// The pool with that many clients, of which it never answered some.
inline LoadPoint pool_point(std::size_t clients, std::size_t starved) {
    LoadPoint point{clients, {row("pool", {100})}};
    point.rows[0].rounds[0]->starved = starved;
    return point;
}

/// `few` and `many` are the CPU per message of `blocking` over few and over many connections, in seven rounds, which
/// are enough for significant differences; that of epoll is 100.
inline ThreadingFigures threading_figures(int few, int many) {
    return {.load = {load_point({8, std::vector<int>(7, few)}), load_point({1000, std::vector<int>(7, many)})},
            .memory = {memory_point(10, 24), memory_point(1000, 24)},
            .pool = {pool_point(8, 0), pool_point(1000, 992)}};
}

}  // namespace iomux::compare
