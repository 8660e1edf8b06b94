#include "compare/commands/output.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/program_options.hpp>
#include <cstdio>
#include <iterator>
#include <map>
#include <stdexcept>

#include "cli/attempts.hpp"
#include "cli/error_text.hpp"
#include "cli/input_file.hpp"
#include "cli/json_text.hpp"
#include "cli/output.hpp"
#include "cli/output_file.hpp"
#include "cli/printable.hpp"
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

std::string json_text(const Results& results) { return cli::json_text(json_of(results)) + "\n"; }

std::array<std::optional<std::string>, 6> files_of(const Outputs& outputs) {
    return {outputs.json, outputs.csv, outputs.markdown, outputs.html, outputs.events, outputs.svg};
}

// Writes one output after the other, so that a failure of one does not lose the others.
class Writer {
public:
    explicit Writer(const Outputs& outputs) : report_(takes_standard_output(outputs) ? stderr : stdout) {}

    // Standard output, unless a file is written to it.
    Terminal terminal() const { return terminal_at(::fileno(report_)); }

    void print_report(const std::string& text) {
        outputs_.attempt([&] {
            if (report_ == stderr && cli::print_error(text)) return;
            if (report_ == stderr) posix::throw_errno("cannot write to standard error");
            cli::print(text);
            cli::flush();
        });
    }
    template <class Text>
    void write(const std::optional<std::string>& file, Text text) {
        if (file) outputs_.attempt([&] { cli::write_file(*file, text()); });
    }
    // Throws if anything could not be written.
    void finish() const { outputs_.finish(); }

private:
    static bool takes_standard_output(const Outputs& outputs) {
        return std::ranges::any_of(files_of(outputs), [](const auto& file) { return file == cli::standard_output; });
    }

    std::FILE* const report_;
    cli::Attempts outputs_;
};

void refuse_same_outputs(const std::map<std::string, std::string>& files) {
    for (auto one = files.begin(); one != files.end(); ++one)
        for (auto other = std::next(one); other != files.end(); ++other)
            if (cli::is_same_output(one->second, other->second))
                throw cli::UsageError(
                    fmt::format("--{} and --{} name the same file, {}", one->first, other->first,
                                one->second == cli::standard_output ? "standard output" : cli::printable(one->second)));
}

// The monitor and the claims have none.
void check_has_tables(const Results& results) {
    if (results.experiments.empty())
        throw std::runtime_error(
            "the results have no table of servers for --csv or --markdown; use --json or --html for other results");
}

}  // namespace

void refuse_input_as_output(const std::string& input, const Outputs& outputs) {
    const bool is_standard_input = input == cli::standard_input;
    const std::string file = is_standard_input ? "/dev/stdin" : input;
    const std::string name = is_standard_input ? "standard input" : cli::printable(input);
    for (const auto& output : {outputs.csv, outputs.markdown, outputs.html, outputs.events, outputs.svg})
        if (output && cli::is_same_output(file, *output))
            throw cli::UsageError(fmt::format("{} would be overwritten; write to another file", name));
    if (cli::is_same_output(file, cli::standard_output))
        throw cli::UsageError(fmt::format("{} is also standard output; redirect that to another file", name));
}

void add_output_options(po::options_description& options) {
    auto add = options.add_options();
    add("json", po::value<std::string>()->value_name("FILE"),
        "write all results, including every session and round, as JSON; -: to standard output (the table then goes to "
        "standard error). Its schema is\nsrc/compare/results/results.schema.json");
    add("csv", po::value<std::string>()->value_name("FILE"), "write the figures as CSV, one line per server and point");
    add("markdown", po::value<std::string>()->value_name("FILE"), "write the tables as Markdown");
    add("html", po::value<std::string>()->value_name("FILE"),
        "write a web page with charts, tables and the source code of the servers; it needs no network");
    add("legend", "also print an explanation of every column, below the tables");
}

void add_svg_option(po::options_description& options) {
    options.add_options()("svg", po::value<std::string>()->value_name("FILE"),
                          "write a chart of the first scenario with two points (table columns) or more as an SVG "
                          "picture: a line for each server, with 95 % confidence intervals");
}

Outputs outputs_of(const po::variables_map& values) {
    Outputs outputs;
    std::map<std::string, std::string> named;
    for (const auto& [name, file] : {std::pair{"json", &outputs.json},
                                     {"csv", &outputs.csv},
                                     {"markdown", &outputs.markdown},
                                     {"html", &outputs.html},
                                     {"events", &outputs.events},
                                     {"svg", &outputs.svg}}) {
        if (values.count(name) == 0) continue;
        *file = values[name].as<std::string>();
        cli::check_output_file(**file);
        if (cli::is_standard_output(**file)) *file = cli::standard_output;
        named.emplace(name, **file);
    }
    refuse_same_outputs(named);
    if (values.count("legend") != 0) outputs.legend = Legend::full;
    return outputs;
}

void write_outputs(const Results& results, const Outputs& outputs) {
    Writer writer(outputs);
    writer.print_report(text_report(results, writer.terminal(), outputs.legend));
    writer.write(outputs.json, [&] { return json_text(results); });
    const auto write_tables = [&](const std::optional<std::string>& file, const auto& text) {
        writer.write(file, [&] {
            check_has_tables(results);
            return text(results);
        });
    };
    write_tables(outputs.csv, csv_text);
    write_tables(outputs.markdown, markdown_text);
    writer.write(outputs.html, [&] { return html_report(json_of(results)); });
    writer.write(outputs.svg, [&] { return svg_chart(results, scenario_to_draw(results, outputs.drawn_scenario)); });
    writer.finish();
}

void write_outputs(const std::function<std::string(const Terminal&)>& text, const boost::json::value& json,
                   const Outputs& outputs, const std::function<std::string()>& page) {
    Writer writer(outputs);
    writer.print_report(text(writer.terminal()));
    writer.write(outputs.json, [&] { return cli::json_text(json) + "\n"; });
    writer.write(outputs.html, page);
    writer.finish();
}

void print_text(const std::function<std::string(const Terminal&)>& text) {
    cli::print(text(terminal_at(STDOUT_FILENO)));
    cli::flush();
}

void save_partial(const Results& results, const Outputs& outputs) try {
    if (outputs.json && cli::is_replaced(*outputs.json)) cli::write_file(*outputs.json, json_text(results));
} catch (const std::exception& error) {
    cli::print_remark(fmt::format("warning: {}; the measurement goes on", cli::error_text(error)));
}

}  // namespace iomux::compare
