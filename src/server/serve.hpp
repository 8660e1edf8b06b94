#pragma once

#include "server/options.hpp"

namespace iomux::server {

/// The `main` of a server program: parses the options, announces the address, serves until a signal stops it, and
/// writes the counters. Returns the exit status.
int serve(const ServerProgram& program, int argc, const char* const* argv);

}  // namespace iomux::server
