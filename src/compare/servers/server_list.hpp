#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "compare/servers/programs.hpp"
#include "compare/servers/server_choice.hpp"

namespace iomux::compare {

/// The servers to be compared.
struct ServerList {
    std::vector<ServerSpec> specs;
    std::vector<std::string> missing;  ///< For people, as warnings: why servers of a program are missing.
};

/// The servers in one of the programs of this project. The program is asked only once, for all scenarios. Throws
/// std::runtime_error if it is missing or does not answer.
const std::vector<ServerSpec>& servers_of(const Program& program);

/// The servers of `choice`: the named ones, or those of the default programs, or all; in addition the user's own
/// servers. A named server of a program that was not built is included as unavailable. Throws cli::UsageError if a
/// name is unknown or given twice, and std::runtime_error with the reasons if no server is left.
ServerList resolve_servers(const ServerChoice& choice);

/// Lets the programs of this project check the options that each of the servers is started with for the work. Throws
/// cli::UsageError with the first option that is refused, and std::runtime_error if the folder of temporary files
/// cannot have the Unix sockets of the work.
void check_options(std::span<const ServerSpec> specs, const Work& work);

/// Whether `--servers` accepts the name for a server of one of the programs that are built.
bool is_server(std::string_view name);

}  // namespace iomux::compare
