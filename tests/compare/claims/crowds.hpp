#pragma once

#include "compare/claims/claims.hpp"
#include "rows.hpp"

namespace iomux::compare {

/// As long as it takes to tell two servers apart.
inline LoadPoint crowd(std::size_t connections, int cost_of_epoll, int cost_of_blocking) {
    LoadPoint crowd{
        connections,
        {row("epoll", std::vector<int>(7, cost_of_epoll)), row("blocking", std::vector<int>(7, cost_of_blocking))}};
    crowd.rows[0].idle_memory = IdleMemory{.connections = connections, .bytes = 1024};
    crowd.rows[1].idle_memory = IdleMemory{.connections = connections, .bytes = 8192, .kernel_stack_bytes = 16384};
    return crowd;
}

/// What a thread for each connection costs a message, over few and over many; epoll costs 100.
inline ThreadingFigures crowds(int few, int many) {
    ThreadingFigures crowds{
        .few = crowd(8, 100, few), .many = crowd(1000, 100, many), .of_pool = {1000, {row("pool", {100})}}};
    crowds.of_pool.rows[0].rounds[0]->starved = 992;
    return crowds;
}

}  // namespace iomux::compare
