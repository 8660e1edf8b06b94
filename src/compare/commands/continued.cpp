#include "compare/commands/continued.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <boost/program_options.hpp>
#include <ctime>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/error_text.hpp"
#include "cli/input_file.hpp"
#include "cli/output_file.hpp"
#include "cli/printable.hpp"
#include "cli/program.hpp"
#include "compare/commands/read_results.hpp"
#include "compare/commands/setup.hpp"
#include "compare/measure/test_setup.hpp"
#include "compare/results/environment.hpp"
#include "compare/servers/server_list.hpp"
#include "posix/limits.hpp"

namespace iomux::compare {
namespace {

// The others say what is measured and how, and the file says that.
constexpr std::array options_with_continue{"continue", "sessions", "precision", "budget", "server", "start-timeout",
                                           "json",     "csv",      "markdown",  "html",   "legend", "events"};

[[noreturn]] void refuse_to_continue(const std::string& file, std::string_view why) {
    throw std::runtime_error(fmt::format("cannot continue {}: {}", name_of_input(file), why));
}

// Why it is no comparison in sessions; nothing if it is one.
std::optional<std::string> what_is_wrong_with(const Results& results) {
    constexpr std::string_view only = "only a comparison without a command can be continued";
    if (results.experiments.empty())
        return fmt::format("it has no comparison of servers, but results of monitor or claims; {}", only);
    const Experiment& experiment = results.experiments.front();
    if (experiment.name != single_comparison || experiment.points.size() != 1)
        return fmt::format("it has the scenario {}; {}. Measure the scenario anew, with more --sessions or --precision",
                           cli::excerpt(experiment.name), only);
    const Point& point = experiment.points.front();
    if (!results.plan.sessions || !point.slice) {
        const std::string why = point.why_windows.empty() ? "" : fmt::format(" ({})", cli::excerpt(point.why_windows));
        return fmt::format("it was measured in windows{}, and only sessions can be added; measure anew", why);
    }
    if (count_still_measured(point.rows) == 0) return "all its servers were skipped or failed; measure anew";
    for (const ServerResult& row : point.rows)
        for (const std::optional<Round>& session : row.rounds)
            if (session ? session->slices.empty() : still_measured(row))
                return "its sessions are not complete; give the file as --json has written it";
    if (std::ranges::all_of(point.rows, [](const ServerResult& row) { return row.rounds.empty(); }))
        return results.partial ? "it was interrupted before its first session ended; measure anew"
                               : "its sessions were removed; give the file as --json has written it";
    return std::nullopt;
}

void check_outputs_of_continued(const std::string& file, const Outputs& outputs) {
    refuse_input_as_output(file, outputs);
    const std::string input = file == cli::standard_input ? "/dev/stdin" : file;
    if (outputs.json && cli::is_same_output(input, *outputs.json) && !cli::keeps_old_content(*outputs.json))
        throw cli::UsageError(
            fmt::format("--json: {} cannot be replaced as a whole, so that an error of the disk would lose its "
                        "sessions; write to another file",
                        name_of_input(file)));
}

// Another build may have the same commit if files differed from it.
bool may_be_another_build(const std::string& commit) { return commit.ends_with("-dirty") || commit == "unknown"; }

bool is_newer_than(const std::string& program, const std::string& created) {
    std::tm time{};
    struct stat status {};
    return ::strptime(created.c_str(), "%Y-%m-%dT%H:%M:%SZ", &time) == nullptr ||
           ::stat(program.c_str(), &status) != 0 || status.st_mtim.tv_sec > ::timegm(&time);
}

void check_machine_and_build(const std::string& file, const Results& results,
                             const boost::json::object& environment_now) {
    const std::vector<std::string> machine = differences_of_machines(results.environment, environment_now);
    if (!machine.empty())
        refuse_to_continue(file, fmt::format("it was measured on another machine, or in another state of it: {}; "
                                             "measure anew, or continue it there",
                                             fmt::join(machine, "; ")));
    const std::vector<std::string> build = differences_of_builds(results.environment, environment_now);
    if (!build.empty())
        refuse_to_continue(file, fmt::format("it was measured with another build, and sessions of two builds must not "
                                             "be pooled: {}; measure anew, or continue it with that build",
                                             fmt::join(build, "; ")));
}

void check_programs(const std::string& file, const Results& results, const std::vector<ServerResult>& rows) {
    const boost::json::value* const commit = results.environment.if_contains("commit");
    if (commit != nullptr && commit->is_string() && !may_be_another_build(std::string(commit->get_string()))) return;
    std::vector<std::string> programs{find_program(load_generator)};
    for (const ServerResult& row : rows)
        if (still_measured(row) && row.spec.origin == Origin::registry) programs.push_back(row.spec.path);
    for (const std::string& program : programs)
        if (is_newer_than(program, results.created))
            refuse_to_continue(file, fmt::format("{} was built after it was measured, and sessions of two builds must "
                                                 "not be pooled; measure anew",
                                                 cli::excerpt(program)));
}

void check_cores(const std::string& file, const Cores& cores) {
    const std::vector<int> allowed = posix::allowed_cores();
    for (const std::vector<int>* list : {&cores.server, &cores.load})
        for (const int core : *list)
            if (std::ranges::find(allowed, core) == allowed.end())
                refuse_to_continue(file, fmt::format("it was measured with {}, and core {} may not be used here; allow "
                                                     "it (taskset), or measure anew",
                                                     cores.text(), core));
}

// A command is not started because a file of results has it, which may come from someone else.
ServerSpec brought_again(const std::string& file, const ServerSpec& was, const std::vector<ServerSpec>& brought) {
    const auto again = std::ranges::find(brought, was.name, &ServerSpec::name);
    if (again == brought.end())
        refuse_to_continue(file, fmt::format("its server \"{}\" is yours; give it again: --server '{}={}'", was.name,
                                             was.name, cli::excerpt(was.path)));
    if (was.path.empty())
        refuse_to_continue(file,
                           fmt::format("it does not have the command of \"{}\", as results of the service; measure "
                                       "anew",
                                       was.name));
    if (again->path != was.path)
        throw cli::UsageError(
            fmt::format("--server \"{}\": its command was \"{}\" in {}, and sessions of two commands "
                        "must not be pooled; give the same command, or measure anew",
                        was.name, cli::excerpt(was.path), name_of_input(file)));
    return *again;
}

ServerSpec found_again(const std::string& file, const ServerSpec& was) try {
    const ServerList found =
        resolve_servers({.which = ServerChoice::Which::named, .servers = parse_selections(was.title()), .brought = {}});
    if (found.specs.size() != 1 || found.specs.front().title() != was.title())
        refuse_to_continue(file, fmt::format("its server \"{}\" is not that of this name here", was.title()));
    return found.specs.front();
} catch (const cli::UsageError& error) {
    refuse_to_continue(file, fmt::format("its server \"{}\" does not exist here: {}; measure anew without it",
                                         was.title(), cli::error_text(error)));
}

void find_servers_again(const std::string& file, std::vector<ServerResult>& rows,
                        const std::vector<ServerSpec>& brought) {
    for (const ServerSpec& one : brought) {
        const auto is_it = [&](const ServerResult& row) {
            return row.spec.origin == Origin::brought && row.spec.name == one.name;
        };
        if (std::ranges::none_of(rows, is_it))
            throw cli::UsageError(
                fmt::format("--server \"{}\": {} has no such server, and none can be added to a "
                            "comparison that has sessions; leave it out, or measure anew",
                            one.name, name_of_input(file)));
    }
    for (ServerResult& row : rows) {
        if (!still_measured(row))
            row.spec.unavailable = row.skipped ? row.skipped : row.failed;
        else if (row.spec.origin == Origin::attached)
            refuse_to_continue(file, fmt::format("its server \"{}\" was attached, and a process that runs now may be "
                                                 "another; measure anew",
                                                 row.spec.name));
        else if (row.spec.origin == Origin::brought)
            row.spec = brought_again(file, row.spec, brought);
        else
            row.spec = found_again(file, row.spec);
    }
}

// What ends the comparison is new; what its sessions are like is not.
Plan plan_to_continue(Plan plan, const Plan& so_far) {
    const SessionLimits wanted = *plan.sessions;
    plan.sessions = so_far.sessions;
    plan.sessions->least = wanted.least;
    plan.sessions->most = wanted.most;
    plan.seed = so_far.seed;
    plan.baseline = so_far.baseline;
    return plan;
}

void check_number_of_sessions(const std::string& file, std::size_t sessions, const Plan& plan) {
    if (sessions >= plan.sessions->most)
        throw cli::UsageError(
            fmt::format("--continue: {} has {} sessions, and the most are {}; give a larger number with --sessions, or "
                        "--precision or --budget",
                        name_of_input(file), sessions, plan.sessions->most));
}

}  // namespace

void add_continue_option(boost::program_options::options_description& options) {
    options.add_options()(
        "continue", boost::program_options::value<std::string>()->value_name("FILE"),
        "add sessions to a comparison without a command that --json has written to FILE (-: standard input). The "
        "servers, the load and the slices are those of FILE; so only --sessions, --precision, --budget, --server and "
        "options on output can be combined with it. --sessions and --precision count all sessions, --budget only the "
        "new time. --json may name FILE, which then has all sessions. The machine and the build must be the same. "
        "Servers of --server must be given again, with the same command; those of --attach cannot be continued");
}

std::optional<std::string> continued_of(const boost::program_options::variables_map& values) {
    if (values.count("continue") == 0) return std::nullopt;
    const auto& file = values["continue"].as<std::string>();
    for (const auto& [name, value] : values)
        if (!value.defaulted() && std::ranges::find(options_with_continue, name) == options_with_continue.end())
            throw cli::UsageError(
                fmt::format("--{} cannot be combined with --continue: {} says what is measured and "
                            "how; leave it out, or measure anew without --continue",
                            name, name_of_input(file)));
    return file;
}

Results results_to_continue(const Options& options) {
    const std::string& file = *options.continued;
    check_outputs_of_continued(file, options.outputs);
    Results results = read_results(file);
    if (const std::optional<std::string> why = what_is_wrong_with(results)) refuse_to_continue(file, *why);
    check_machine_and_build(file, results, environment({}));
    Experiment& experiment = results.experiments.front();
    Point& point = experiment.points.front();
    results.plan = plan_to_continue(options.measurement.plan, results.plan);
    check_number_of_sessions(file, point.rows.front().rounds.size(), results.plan);
    check_cores(file, experiment.cores);
    find_servers_again(file, point.rows, options.choice.brought);
    check_programs(file, results, point.rows);
    results.environment = check_environment(measured_cores(experiment.cores), results.environment);
    results.partial = false;
    return results;
}

}  // namespace iomux::compare
