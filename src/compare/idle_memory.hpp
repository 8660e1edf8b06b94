#pragma once

#include "compare/server_process.hpp"

namespace iomux::compare {

/// Bytes of the server's processes that an idle connection costs (not the kernel's socket): what they grow by from
/// one connection to 900 more, below select's ceiling of 1,024 descriptors. The first is not counted, for it brings
/// what is there once.
/// Throws std::runtime_error or std::system_error where it cannot be measured.
double idle_bytes_a_connection(const ServerProcess& server);

}  // namespace iomux::compare
