#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "compare/comparison/experiment.hpp"

namespace iomux::compare {

/// A bare loop, two that ask for readiness, and a library's: what most questions are about. Four can
/// be told apart by seven rounds.
inline constexpr std::string_view usual_quick_servers = "minimal,select,epoll,callbacks";

/// A question about the servers, and the works by which it is answered.
struct Scenario {
    std::string_view name;
    std::string_view question;
    std::vector<Figure> figures;  ///< The first is what it is about.
    /// The works, without rows as yet: few in the quick form.
    std::vector<Point> (*points)(bool quick);
    std::string_view servers = {};  ///< As `--servers` takes them; empty: every server.
    std::string_view quick_servers = usual_quick_servers;
    std::string_view server_cores = {};  ///< As `--server-cores` takes them; empty: as usual.
    bool takes_rounds = true;            ///< False: all is measured beside them.
};

/// In the order in which they are run.
std::span<const Scenario> scenarios();

/// Nothing where there is none of that name.
const Scenario* find_scenario(std::string_view name);

}  // namespace iomux::compare
