#pragma once

namespace iomux::compare::web {

/// Runs `iomux-compare serve`; see Subcommand.
int serve_command(int argc, const char* const* argv);

}  // namespace iomux::compare::web
