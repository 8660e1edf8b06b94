#include "compare/roster.hpp"

#include <algorithm>
#include <stdexcept>

#include "cli/program.hpp"
#include "compare/programs.hpp"

namespace iomux::compare {

Roster make_roster(const Options& options) {
    Roster roster;
    std::vector<Contestant> known;
    for (const Program& program : {raw_servers, asio_servers}) {
        try {
            std::ranges::move(ask(find_program(program)), std::back_inserter(known));
        } catch (const std::exception& error) {
            roster.missing.push_back(error.what());
        }
    }
    for (const Contestant& brought : options.brought) {
        if (std::ranges::find(known, brought.name, &Contestant::name) != known.end())
            throw cli::UsageError("--server " + brought.name + ": there is a server of that name already");
        known.push_back(brought);
    }
    if (options.servers.empty()) {
        roster.contestants = std::move(known);
        return roster;
    }
    std::vector<std::string> names = options.servers;
    for (const Contestant& brought : options.brought)
        if (std::ranges::find(names, brought.name) == names.end()) names.push_back(brought.name);
    roster.contestants = choose(known, names);
    // All that were asked for are here, whatever is missing.
    roster.missing.clear();
    return roster;
}

}  // namespace iomux::compare
