#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compare/comparison/experiment.hpp"
#include "compare/comparison/verdict.hpp"

namespace iomux::compare {

/// A measurement that an answer is based on.
struct Reason {
    std::string scenario;  ///< Its name.
    std::string point;     ///< Its label; empty if the scenario has only one point.
    std::string load;      ///< `10,000 idle connections and 10 busy ones`; empty if the scenario has only one point.
    /// `epoll takes 0.90 × [0.88–0.93] the CPU time of minimal, not told apart from poll`
    std::string text;
    std::string ratio = {};                 ///< `1.06 × [1.04–1.08]`; empty unless it is about the cost of Asio.
    std::optional<Strength> strength = {};  ///< Nothing if there is nothing to compare, or in older results.
};

/// The answer to one of the questions that the project is about.
struct Answer {
    std::string question;
    std::string answer;       ///< Empty if it was not measured.
    std::vector<Reason> why;  ///< At least one if it was measured.
    std::string command;      ///< The command that measures it; empty if it was measured.
};

/// Which servers are cheapest for few, for many busy and for many idle connections, what Asio costs, which servers use
/// the least memory per idle connection, and which make the fewest system calls per message. All of it is read from the
/// points and their summaries.
std::vector<Answer> answers_from(std::span<const Experiment> experiments);

/// A server that is the cheapest at some points of a scenario.
struct Winner {
    std::string server;
    std::size_t points = 0;      ///< Where it has the lowest cost.
    std::size_t told_apart = 0;  ///< Those of them where it is told apart from all others.
};

/// Which servers are the cheapest at the points of a scenario that varies two numbers.
struct Crossover {
    std::string text;             ///< A sentence.
    std::vector<Winner> winners;  ///< Those with the most points first.
};

Crossover crossover_of(const Experiment& experiment);

}  // namespace iomux::compare
