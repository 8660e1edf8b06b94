#pragma once

#include <boost/json/value.hpp>
#include <functional>
#include <optional>
#include <string>

#include "cli/program.hpp"
#include "compare/report/legend.hpp"
#include "compare/results/results.hpp"
#include "compare/terminal/terminal.hpp"

namespace iomux::compare {

/// Files for the results and for the progress events (see Events). `-` means standard output.
struct Outputs {
    std::optional<std::string> json, csv, markdown, html, events, svg;
    std::optional<std::string> drawn_scenario;  ///< In `svg`; default: the first that can be drawn.
    Legend legend = Legend::brief;              ///< Of the printed tables.
};

/// Adds `--json`, `--csv`, `--markdown`, `--html` and `--legend`. `outputs_of` also reads `--events` if a command has
/// it.
void add_output_options(boost::program_options::options_description& options);
/// Adds `--svg`, for commands whose results are scenarios.
void add_svg_option(boost::program_options::options_description& options);
/// Checks that the files can be written. Throws cli::UsageError if two are the same, and std::system_error.
Outputs outputs_of(const boost::program_options::variables_map& values);

/// Refuses to overwrite the results that are read with something else; `--json` may. Standard output may be redirected
/// to a file, too. Throws cli::UsageError.
void refuse_input_as_output(const std::string& input, const Outputs& outputs);

/// Writes the requested files and prints the report. The report goes to standard output, or to standard error if a file
/// is standard output. If one cannot be written the others are. Throws as cli::Attempts.
void write_outputs(const Results& results, const Outputs& outputs);

/// The same for other results: prints the text, and writes the JSON as one line if `--json` is given, and the page if
/// `--html` is.
void write_outputs(const std::function<std::string(const Terminal&)>& text, const boost::json::value& json,
                   const Outputs& outputs, const std::function<std::string()>& page = {});

/// Prints the text to standard output. Throws std::system_error.
void print_text(const std::function<std::string(const Terminal&)>& text);

/// Writes the JSON of partial results if `--json` names a new or regular file: so the measurements so far are kept if a
/// later one fails or this program is killed. An error is only printed, because all results are written in the end.
void save_partial(const Results& results, const Outputs& outputs);

}  // namespace iomux::compare
