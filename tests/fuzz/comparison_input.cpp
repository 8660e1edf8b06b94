// What the comparison reads back of the programs that it starts: their lists of servers, and the load's report.
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
    require(spec.title() == spec.name, "a server that was told nothing has its name for a title");
    if (!spec.reason_to_skip(work) && spec.descriptor_ceiling != 0)
        require(spec.idle_connections(work) < spec.descriptor_ceiling, "a server's ceiling is heeded");
}

void read_list(std::string_view text) try {
    for (const ServerSpec& spec : parse_list("/bin/iomux-raw", "raw", text)) use(spec);
} catch (const std::runtime_error& refusal) {
    require(std::string_view(refusal.what()).starts_with("/bin/iomux-raw --list"), "who is not understood is named");
}

void require_figure(double number) { require(std::isfinite(number) && number >= 0, "a figure is a number from 0 on"); }

void read_report(std::string_view text) try {
    const std::optional<boost::json::object> report = parse_load_report(text);
    if (!report) return;
    const bool starved = only_starved(*report);
    require(!starved || !error_in(*report), "who complains of something has not only starved clients");
    Round round;
    take_figures(*report, round);
    for (const double number : {round.messages, round.messages_per_second, round.load_cpu_share})
        require_figure(number);
    for (const std::optional<double> number : {round.p50, round.p99, round.p99_9}) require_figure(number.value_or(0));
} catch (const std::runtime_error& refusal) {
    require(std::string_view(refusal.what()).starts_with("the load generator's report"), "a refusal says of what");
}

}  // namespace
}  // namespace iomux::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    iomux::fuzz::read_list(text);
    iomux::fuzz::read_report(text);
    return 0;
}
