#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "cli/program.hpp"
#include "compare/comparison.hpp"
#include "compare/options.hpp"
#include "compare/programs.hpp"
#include "compare/report_json.hpp"
#include "compare/report_text.hpp"
#include "compare/roster.hpp"
#include "compare/wait.hpp"
#include "posix/error.hpp"
#include "posix/limits.hpp"
#include "posix/signals.hpp"

namespace {

using namespace iomux;
using namespace iomux::compare;

constexpr const char* program_name = "iomux-compare";
constexpr int exit_interrupted = 130;

Cores cores_of(const Options& options) {
    const std::vector<int> allowed = allowed_cores();
    return options.server_cores ? choose_cores(allowed, parse_cores(*options.server_cores, allowed))
                                : choose_cores(allowed);
}

// Raised only where it must be: what the user brings inherits it.
void provide_descriptors(std::size_t connections) {
    constexpr std::size_t descriptors_besides = 64;
    if (connections + descriptors_besides <= posix::descriptor_limit()) return;
    const std::size_t limit = posix::raise_descriptor_limit();
    if (connections + descriptors_besides > limit)
        throw std::runtime_error(fmt::format("{} connections take {} descriptors, the limit is {} (ulimit -n)",
                                             connections, connections + descriptors_besides, limit));
}

Bench make_bench(const Options& options) {
    const Cores cores = cores_of(options);
    // Ours, which sleeps while it measures, takes its moments from the load and not from the server.
    if (cores.load && !pin_to(std::span(&*cores.load, 1))) posix::throw_errno("cannot choose a core");
    provide_descriptors(options.work.most_connections());
    return {.load_program = find_program(load_generator),
            .work = options.work,
            .cores = cores,
            .interrupts_apart = interrupts_are_apart()};
}

void print_table(std::FILE* stream, const std::vector<Row>& rows, const Bench& bench) {
    const bool emphasised = may_colour(::fileno(stream));
    fmt::print(stream, "{}", text_report(rows, bench, emphasised ? Table::Emphasis::yes : Table::Emphasis::no));
}

void report(const Options& options, const std::vector<Row>& rows, const Bench& bench) {
    const bool json_on_output = options.json_file == "-";
    print_table(json_on_output ? stderr : stdout, rows, bench);
    if (json_on_output)
        fmt::print("{}", json_report(rows, bench));
    else if (options.json_file)
        cli::write_file(*options.json_file, json_report(rows, bench));
    if (std::fflush(stdout) != 0) posix::throw_errno("cannot write to standard output");
}

int compare_servers(const Options& options) {
    const Roster roster = make_roster(options);
    for (const std::string& why : roster.missing) fmt::print(stderr, "{}: {}\n", program_name, why);
    if (roster.contestants.empty()) throw std::runtime_error("there is no server to compare");
    const Bench bench = make_bench(options);
    std::vector<Row> rows;
    {
        Progress progress;
        rows = compare::compare(roster.contestants, bench, options.rounds, progress);
    }
    report(options, rows, bench);
    if (std::ranges::all_of(rows, [](const Row& row) { return row.skipped.has_value(); }))
        throw std::runtime_error("every server was skipped");
    const bool all_well =
        roster.missing.empty() && std::ranges::none_of(rows, [](const Row& row) { return row.failed.has_value(); });
    return all_well ? cli::exit_success : cli::exit_failure;
}

}  // namespace

int main(int argc, char** argv) {
    return cli::run_program(program_name, [&] {
        const std::optional<Options> options = parse_options(argc, argv);
        if (!options) return cli::exit_success;
        const posix::StopSignals signals(&request_stop);
        try {
            return compare_servers(*options);
        } catch (const Interrupted&) {
            return exit_interrupted;
        }
    });
}
