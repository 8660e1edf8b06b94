#pragma once

#include <optional>

#include "load/workload.hpp"

namespace iomux::load {

/// What the command line asks of iomux-load.
struct Options {
    Workload workload;
    bool json = false;
    bool mark_window = false;
};

/// The options, or nothing where `--help` or `--version` has been answered on standard output.
/// Throws cli::UsageError.
std::optional<Options> parse_options(int argc, const char* const* argv);

}  // namespace iomux::load
