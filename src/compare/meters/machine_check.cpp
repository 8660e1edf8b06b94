#include "compare/meters/machine_check.hpp"

#include <fmt/format.h>

#include <chrono>
#include <sstream>
#include <utility>

#include "cli/input_file.hpp"
#include "compare/process/wait.hpp"

namespace iomux::compare {
namespace {

// These are 40 ticks of the two cores that a comparison usually has, and hardly a delay.
constexpr std::chrono::milliseconds check_length{200};
// The services of an idle machine need less. This much can hide the differences between most servers.
constexpr double tolerated_busy_share = 0.1;
// An idle host takes nothing. One tick of 40 may be an accident, two are not.
constexpr double tolerated_steal_share = 0.04;

double share_of(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

// The columns of proc(5), without guest time, which user time includes.
std::optional<CoreTicks> parse_columns(std::istream& fields) {
    std::uint64_t user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
    if (!(fields >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> steal)) return std::nullopt;
    const std::uint64_t busy = user + nice + system + irq + softirq;
    return CoreTicks{.busy = busy, .stolen = steal, .all = busy + idle + iowait + steal};
}

}  // namespace

std::optional<CoreTicks> parse_core_ticks(std::string_view stat, std::span<const int> cores) {
    CoreTicks sum;
    for (const int core : cores) {
        std::istringstream lines{std::string(stat)};
        const std::string wanted = fmt::format("cpu{}", core);
        std::optional<CoreTicks> ticks;
        for (std::string line; !ticks && std::getline(lines, line);) {
            std::istringstream fields(line);
            std::string name;
            if (fields >> name && name == wanted) ticks = parse_columns(fields);
        }
        if (!ticks) return std::nullopt;
        sum.busy += ticks->busy;
        sum.stolen += ticks->stolen;
        sum.all += ticks->all;
    }
    return sum;
}

std::size_t count_cores(std::string_view stat) {
    std::istringstream lines{std::string(stat)};
    std::size_t cores = 0;
    // The first line is the sum of all cores: `cpu  1 2 3`.
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with("cpu") && !line.starts_with("cpu ")) ++cores;
    return cores;
}

std::optional<double> parse_load_average(std::string_view loadavg) {
    std::istringstream fields{std::string(loadavg)};
    double one_minute = 0;
    return fields >> one_minute ? std::optional(one_minute) : std::nullopt;
}

MachineCheck check_machine(std::vector<int> cores) {
    const auto begin = parse_core_ticks(cli::content_if_readable("/proc/stat"), cores);
    constexpr int no_descriptor = -1;  // poll(2) ignores it
    wait_readable(no_descriptor, posix::Clock::now() + check_length);
    const std::string stat = cli::content_if_readable("/proc/stat");
    const auto end = parse_core_ticks(stat, cores);
    MachineCheck check{.cores = std::move(cores),
                       .load_average = parse_load_average(cli::content_if_readable("/proc/loadavg")),
                       .all_cores = count_cores(stat)};
    // The kernel's counters may go back a little when it corrects them.
    if (begin && end && end->all > begin->all && end->busy >= begin->busy && end->stolen >= begin->stolen) {
        check.busy_share = share_of(end->busy - begin->busy, end->all - begin->all);
        check.steal_share = share_of(end->stolen - begin->stolen, end->all - begin->all);
    }
    return check;
}

std::vector<std::string> doubts_about(const MachineCheck& check) {
    std::vector<std::string> doubts;
    if (check.busy_share > tolerated_busy_share)
        doubts.push_back(fmt::format("other processes used {:.0f} % of the measured cores", *check.busy_share * 100));
    if (check.steal_share > tolerated_steal_share)
        doubts.push_back(
            fmt::format("the hypervisor took {:.0f} % of the measured cores (steal)", *check.steal_share * 100));
    // Above one per core, processes waited for cores. A build that has just ended leaves no more than that.
    if (check.load_average > static_cast<double>(check.all_cores))
        doubts.push_back(fmt::format("the load average was {:.1f} on {} core{}", *check.load_average, check.all_cores,
                                     check.all_cores == 1 ? "" : "s"));
    return doubts;
}

}  // namespace iomux::compare
