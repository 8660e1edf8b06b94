#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "compare/profile/sampled_session.hpp"

namespace iomux::compare {

/// A function, and the functions that it calls: the stacks of samples, added up from the outermost function inwards.
struct StackNode {
    std::string name;
    Frame::In in = Frame::In::nowhere;
    /// Microseconds per message, with those of the calls; for each server the mean over sessions.
    std::vector<double> us = {};
    std::vector<StackNode> calls = {};  ///< By name.
};

/// All stacks of the sessions; `sessions[i][server]`. The root stands for all messages and has no name, and its cost is
/// the sum of the parts. Functions without a symbol that call each other are one node.
StackNode merge_stacks(std::span<const std::vector<SessionProfile>> sessions);

/// The CPU time per message that a function takes in a line, with all that is called there; for each server the mean
/// over sessions.
struct LineCost {
    SourceLine line;
    std::vector<double> us;
};

/// For each function the lines in which it takes most, the one with most first.
std::map<StackFrame, std::vector<LineCost>> merge_lines(std::span<const std::vector<SessionProfile>> sessions);

/// The CPU time per message of one of the servers in each line, with all that is called there, in microseconds: the
/// mean over sessions.
std::map<SourceLine, double> merge_source_lines(std::span<const std::vector<SessionProfile>> sessions,
                                                std::size_t server);

/// The number of nodes, with the root.
std::size_t count_nodes(const StackNode& root);

}  // namespace iomux::compare
