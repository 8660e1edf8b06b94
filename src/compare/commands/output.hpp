#pragma once

#include <boost/json/value.hpp>
#include <functional>
#include <optional>
#include <string>

#include "cli/program.hpp"
#include "compare/results/results.hpp"
#include "compare/terminal/terminal.hpp"

namespace iomux::compare {

/// Files that results are written to, each `-` for standard output; and what happens meanwhile (see Events).
struct Outputs {
    std::optional<std::string> json, csv, markdown, html, events;
};

/// `--json`, `--csv`, `--markdown` and `--html`; where a command has `--events` too, `outputs_of` reads it.
void add_output_options(boost::program_options::options_description& options);
/// Throws cli::UsageError where two of them are for standard output.
Outputs outputs_of(const boost::program_options::variables_map& values);

/// Writes those that are asked for. The table for people goes to standard output, or to standard error where one of
/// these does. Throws std::system_error.
void write_outputs(const Results& results, const Outputs& outputs);

/// The same for what is no comparison's results: the text, and the JSON as a line.
void write_outputs(const std::function<std::string(const Terminal&)>& text, const boost::json::value& json,
                   const Outputs& outputs);

/// What has no other form, to standard output. Throws std::system_error.
void print_text(const std::function<std::string(const Terminal&)>& text);

/// Writes the JSON where it is asked for and has a file, so that what was measured is kept if the rest fails.
void keep(const Results& results, const Outputs& outputs);

}  // namespace iomux::compare
