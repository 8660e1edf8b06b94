#pragma once

namespace iomux::compare::web {

/// Runs `iomux-serve`. Returns the exit status, and throws what `cli::run_program` catches.
int serve_command(int argc, const char* const* argv);

}  // namespace iomux::compare::web
