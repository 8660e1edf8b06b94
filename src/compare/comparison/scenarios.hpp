#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "compare/comparison/experiment.hpp"

namespace iomux::compare {

/// The default servers of the quick form: a bare loop, two readiness mechanisms, a completion mechanism, and a
/// library. Eight rounds are enough to tell five servers apart.
inline constexpr std::string_view usual_quick_servers = "minimal,select,epoll,io_uring,callbacks";

/// A question about the servers, and the works that answer it.
struct Scenario {
    std::string_view name;
    std::string_view question;
    std::vector<Figure> figures;  ///< The main figure is first.
    /// The works, without results; the quick form has fewer.
    std::vector<Point> (*points)(bool quick);
    std::string_view servers = {};  ///< In the form of `--servers`; empty: every server.
    std::string_view quick_servers = usual_quick_servers;
    std::string_view server_cores = {};  ///< In the form of `--server-cores`; empty: the default.
    bool takes_rounds = true;            ///< False: its figures are measured outside the rounds.
    bool in_windows = false;             ///< It is about latency, which takes windows, not the slices of sessions.
};

/// In the order in which they are run.
std::span<const Scenario> scenarios();

/// Null if there is no scenario with this name.
const Scenario* find_scenario(std::string_view name);

}  // namespace iomux::compare
