#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compare/servers/programs.hpp"
#include "compare/servers/server_choice.hpp"

namespace iomux::compare {

/// Who is to be compared.
struct ServerList {
    std::vector<ServerSpec> specs;
    std::vector<std::string> missing;  ///< Programs whose servers should be here and are not: why, for people.
};

/// Those that a program of ours says that it has: it is asked once, however many scenarios are run. Throws
/// std::runtime_error where it is not there, or does not answer.
const std::vector<ServerSpec>& servers_of(const Program& program);

/// The servers that `choice` names, or those of the programs that are compared by default, or all; and the user's
/// own. A server of a program that could not be built here is among those that are named, as one that is unavailable.
/// Throws cli::UsageError where a name is unknown or given twice.
ServerList make_server_list(const ServerChoice& choice);

/// The servers that are to be compared; who is missing is said on standard error, in the name of `program`. Throws
/// cli::UsageError, and std::runtime_error where none is left.
ServerList resolve_servers(const ServerChoice& choice, std::string_view program = program_name);

}  // namespace iomux::compare
