#pragma once

#include "server/options.hpp"

namespace iomux::server {

/// The `main` of a server program: options, listening line, signals, run, counters. Returns the exit code.
int serve(const ServerProgram& program, int argc, const char* const* argv);

}  // namespace iomux::server
