#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "load/workload/workload.hpp"

namespace iomux::load {

/// The command line of iomux-load.
struct Options {
    Workload workload;
    bool json = false;
    std::string hdr_file;  ///< For the percentiles as text; `-`: standard output, empty: none.
    /// Print a mark when the window begins and when it ends, and then wait for an acknowledgement on standard input.
    bool mark_window = false;
    bool hold_window = false;          ///< Wait for a line after the first mark, too, before the window begins.
    std::chrono::nanoseconds live{0};  ///< Interval of the samples within the window; 0: none.
    bool conduct = false;              ///< Read a plan from standard input (command/parse_plan.hpp).
};

/// The options, or nothing if the answer to `--help` or `--version` was printed. Throws cli::UsageError.
std::optional<Options> parse_options(int argc, const char* const* argv);

}  // namespace iomux::load
