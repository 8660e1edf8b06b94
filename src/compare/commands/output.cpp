#include "compare/commands/output.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <boost/program_options.hpp>
#include <cstdio>

#include "cli/program.hpp"
#include "compare/report/report_html.hpp"
#include "compare/report/report_text.hpp"
#include "compare/report/svg.hpp"
#include "compare/report/tables_text.hpp"
#include "compare/results/results_json.hpp"
#include "posix/error.hpp"

namespace iomux::compare {
namespace {

namespace po = boost::program_options;

std::string json_text(const Results& results) { return boost::json::serialize(json_of(results)) + "\n"; }

std::string html_text(const Results& results) { return html_report(json_of(results)); }

void write(const std::optional<std::string>& file, const std::string& text) {
    if (file == cli::standard_output)
        fmt::print("{}", text);
    else
        cli::write_file(*file, text);
}

void write(const std::optional<std::string>& file, std::string (*text)(const Results&), const Results& results) {
    if (file) write(file, text(results));
}

// Standard output, unless a file is written to it.
std::FILE* report_stream(const Outputs& outputs) {
    const bool is_taken = outputs.json == cli::standard_output || outputs.csv == cli::standard_output ||
                          outputs.markdown == cli::standard_output || outputs.html == cli::standard_output ||
                          outputs.events == cli::standard_output || outputs.svg == cli::standard_output;
    return is_taken ? stderr : stdout;
}

void flush() {
    if (std::fflush(stdout) != 0) posix::throw_errno("cannot write to standard output");
}

}  // namespace

void add_output_options(po::options_description& options) {
    auto add = options.add_options();
    add("json", po::value<std::string>()->value_name("FILE"),
        "write all results, including every session and round, as JSON (src/compare/results/results.schema.json); -: "
        "to standard "
        "output (the table then goes to standard error)");
    add("csv", po::value<std::string>()->value_name("FILE"), "write the figures as CSV, one line per server and point");
    add("markdown", po::value<std::string>()->value_name("FILE"), "write the tables as Markdown");
    add("html", po::value<std::string>()->value_name("FILE"),
        "write a web page with charts, tables and the source code of the servers; it needs no network");
    add("legend", "explain every column below the tables");
}

void add_svg_option(po::options_description& options) {
    options.add_options()("svg", po::value<std::string>()->value_name("FILE"),
                          "write a chart of the first scenario with two points (table columns) or more as an SVG "
                          "picture: a line for each server, with 95 % confidence intervals");
}

Outputs outputs_of(const po::variables_map& values) {
    Outputs outputs;
    int on_standard_output = 0;
    for (const auto& [name, file] : {std::pair{"json", &outputs.json},
                                     {"csv", &outputs.csv},
                                     {"markdown", &outputs.markdown},
                                     {"html", &outputs.html},
                                     {"events", &outputs.events},
                                     {"svg", &outputs.svg}}) {
        if (values.count(name) == 0) continue;
        *file = values[name].as<std::string>();
        if (**file == cli::standard_output && ++on_standard_output > 1)
            throw cli::UsageError("only one file can be written to standard output (-)");
    }
    if (values.count("legend") != 0) outputs.legend = Legend::full;
    return outputs;
}

void write_outputs(const Results& results, const Outputs& outputs) {
    std::FILE* const stream = report_stream(outputs);
    fmt::print(stream, "{}", text_report(results, terminal_at(::fileno(stream)), outputs.legend));
    write(outputs.json, json_text, results);
    write(outputs.csv, csv_text, results);
    write(outputs.markdown, markdown_text, results);
    write(outputs.html, html_text, results);
    if (outputs.svg) write(outputs.svg, svg_chart(results, scenario_to_draw(results, outputs.drawn_scenario)));
    flush();
}

void write_outputs(const std::function<std::string(const Terminal&)>& text, const boost::json::value& json,
                   const Outputs& outputs) {
    std::FILE* const stream = report_stream(outputs);
    fmt::print(stream, "{}", text(terminal_at(::fileno(stream))));
    if (outputs.json) write(outputs.json, boost::json::serialize(json) + "\n");
    flush();
}

void print_text(const std::function<std::string(const Terminal&)>& text) {
    fmt::print("{}", text(terminal_at(STDOUT_FILENO)));
    flush();
}

void save_partial(const Results& results, const Outputs& outputs) {
    if (outputs.json && *outputs.json != cli::standard_output) cli::write_file(*outputs.json, json_text(results));
}

}  // namespace iomux::compare
