#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "load/workload/workload.hpp"

namespace iomux::load {

/// What the command line asks of iomux-load.
struct Options {
    Workload workload;
    bool json = false;
    std::string hdr_file;  ///< For the percentiles as text; `-` for standard output, empty for none.
    bool mark_window = false;
    std::chrono::nanoseconds live{0};  ///< How often it says within the window what it has counted; 0: never.
};

/// The options, or nothing where `--help` or `--version` has been answered on standard output.
/// Throws cli::UsageError.
std::optional<Options> parse_options(int argc, const char* const* argv);

}  // namespace iomux::load
