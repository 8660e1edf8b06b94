#pragma once

#include "compare/claims/claims.hpp"
#include "rows.hpp"

namespace iomux::compare {

/// `epoll` and `blocking` with seven rounds each, which is enough for a significant difference.
inline LoadPoint load_point(std::size_t connections, int cost_of_epoll, int cost_of_blocking) {
    LoadPoint point{
        connections,
        {row("epoll", std::vector<int>(7, cost_of_epoll)), row("blocking", std::vector<int>(7, cost_of_blocking))}};
    point.rows[0].idle_memory = IdleMemory{.connections = connections, .bytes = 1024};
    point.rows[1].idle_memory = IdleMemory{.connections = connections, .bytes = 8192, .kernel_stack_bytes = 16384};
    return point;
}

/// `few` and `many` are the CPU per message of `blocking` over few and over many connections; that of epoll is 100.
inline ThreadingFigures threading_figures(int few, int many) {
    ThreadingFigures figures{
        .few = load_point(8, 100, few), .many = load_point(1000, 100, many), .of_pool = {1000, {row("pool", {100})}}};
    figures.of_pool.rows[0].rounds[0]->starved = 992;
    return figures;
}

}  // namespace iomux::compare
