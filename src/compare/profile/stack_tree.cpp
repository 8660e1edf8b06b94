#include "compare/profile/stack_tree.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace iomux::compare {
namespace {

// Of one function.
constexpr std::size_t most_lines = 8;

StackNode& call_of(StackNode& caller, const StackFrame& frame, std::size_t servers) {
    const auto same = [&](const StackNode& node) { return node.name == frame.name && node.in == frame.in; };
    if (const auto found = std::ranges::find_if(caller.calls, same); found != caller.calls.end()) return *found;
    return caller.calls.emplace_back(
        StackNode{.name = frame.name, .in = frame.in, .us = std::vector<double>(servers), .calls = {}});
}

void add_stack(StackNode& root, const std::vector<StackFrame>& stack, std::size_t server, double us) {
    const std::size_t servers = root.us.size();
    StackNode* node = &root;
    node->us[server] += us;
    for (const StackFrame& frame : stack) {
        node = &call_of(*node, frame, servers);
        node->us[server] += us;
    }
}

void sort_by_name(StackNode& node) {
    std::ranges::sort(node.calls, {}, [](const StackNode& call) { return std::pair(call.name, call.in); });
    for (StackNode& call : node.calls) sort_by_name(call);
}

}  // namespace

StackNode merge_stacks(std::span<const std::vector<SessionProfile>> sessions) {
    StackNode root;
    if (sessions.empty()) return root;
    root.us.resize(sessions.front().size());
    for (const std::vector<SessionProfile>& profiles : sessions)
        for (std::size_t server = 0; server < profiles.size(); ++server)
            for (const auto& [stack, count] : profiles[server].stacks)
                add_stack(root, stack, server, profiles[server].us_of(count) / static_cast<double>(sessions.size()));
    sort_by_name(root);
    return root;
}

std::map<StackFrame, std::vector<LineCost>> merge_lines(std::span<const std::vector<SessionProfile>> sessions) {
    std::map<StackFrame, std::map<SourceLine, std::vector<double>>> costs;
    for (const std::vector<SessionProfile>& profiles : sessions)
        for (std::size_t server = 0; server < profiles.size(); ++server)
            for (const auto& [function, lines] : profiles[server].lines)
                for (const auto& [line, count] : lines) {
                    std::vector<double>& us = costs[function][line];
                    us.resize(profiles.size());
                    us[server] += profiles[server].us_of(count) / static_cast<double>(sessions.size());
                }
    std::map<StackFrame, std::vector<LineCost>> merged;
    for (auto& [function, lines] : costs) {
        std::vector<LineCost>& all = merged[function];
        for (auto& [line, us] : lines) all.push_back({line, std::move(us)});
        std::ranges::stable_sort(all, std::greater<>(), [](const LineCost& cost) { return std::ranges::max(cost.us); });
        if (all.size() > most_lines) all.resize(most_lines);
    }
    return merged;
}

std::map<SourceLine, double> merge_source_lines(std::span<const std::vector<SessionProfile>> sessions,
                                                std::size_t server) {
    std::map<SourceLine, double> merged;
    for (const std::vector<SessionProfile>& profiles : sessions)
        for (const auto& [line, count] : profiles[server].source_lines)
            merged[line] += profiles[server].us_of(count) / static_cast<double>(sessions.size());
    return merged;
}

std::size_t count_nodes(const StackNode& root) {
    std::size_t count = 1;
    for (const StackNode& call : root.calls) count += count_nodes(call);
    return count;
}

}  // namespace iomux::compare
