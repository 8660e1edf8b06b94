// The input that the comparison reads from the programs it starts: lists of servers, and the report of the load.
#include <cmath>
#include <stdexcept>

#include "compare/measure/load_report.hpp"
#include "compare/servers/server_spec.hpp"
#include "fuzzing.hpp"

namespace iomux::fuzz {
namespace {

using namespace compare;

void use(const ServerSpec& spec) {
    const Work work;
    const std::vector<std::string> command = spec.command(work, 1);
    require(command.at(0) == "/bin/iomux-raw" && command.at(1) == spec.name, "a server is started by its name");
    require(spec.title() == spec.name, "the title of a server without options is its name");
    if (!spec.reason_to_skip(work) && spec.descriptor_ceiling != 0)
        require(spec.idle_connections(work) < spec.descriptor_ceiling,
                "the descriptor ceiling of a server is respected");
}

void read_list(std::string_view text) try {
    for (const ServerSpec& spec : parse_list("/bin/iomux-raw", "raw", text)) use(spec);
} catch (const std::runtime_error& refusal) {
    require(std::string_view(refusal.what()).starts_with("cannot parse the output of /bin/iomux-raw --list --json: "),
            "an error about a list names the program");
}

void require_figure(double number) {
    require(std::isfinite(number) && number >= 0, "a figure is a finite number of at least 0");
}

void read_report(std::string_view text) try {
    const std::optional<boost::json::object> report = parse_load_report(text);
    if (!report) return;
    const bool starved = only_starved(*report);
    require(!starved || !error_in(*report), "a report with an error is not one with starved clients only");
    Round round;
    take_figures(*report, round);
    for (const double number : {round.messages, round.messages_per_second, round.load_cpu_share})
        require_figure(number);
    for (const std::optional<double> number : {round.p50, round.p99, round.p99_9}) require_figure(number.value_or(0));
} catch (const std::runtime_error& refusal) {
    require(std::string_view(refusal.what()).starts_with("the load generator's report"),
            "an error about a report says so");
}

}  // namespace
}  // namespace iomux::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    iomux::fuzz::read_list(text);
    iomux::fuzz::read_report(text);
    return 0;
}
