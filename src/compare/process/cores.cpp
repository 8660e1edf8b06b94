#include "compare/process/cores.hpp"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>

#include "cli/program.hpp"
#include "cli/values.hpp"
#include "posix/error.hpp"

namespace iomux::compare {
namespace {

std::string named_cores(const std::vector<int>& cores) {
    return fmt::format("core{} {}", cores.size() == 1 ? "" : "s", fmt::join(cores, " and "));
}

}  // namespace

std::string Cores::text() const {
    if (server.empty()) return "server and load share the only core, so throughput and latency depend on both";
    const std::string of_server = "server on " + named_cores(server);
    if (!load.empty()) return of_server + ", load on " + named_cores(load);
    return of_server + ", shared with the load, so throughput and latency depend on both";
}

Cores choose_cores(std::span<const int> allowed, std::size_t load_threads) {
    if (allowed.size() < 2) return {};
    return choose_cores(allowed, {allowed.back()}, load_threads);
}

Cores choose_cores(std::span<const int> allowed, std::vector<int> server, std::size_t load_threads) {
    std::vector<int> load;
    for (const int core : allowed)
        if (load.size() < load_threads && std::ranges::find(server, core) == server.end()) load.push_back(core);
    return {.server = std::move(server), .load = std::move(load)};
}

std::vector<int> parse_cores(const std::string& text, std::span<const int> allowed) {
    if (text == "all") return {allowed.begin(), allowed.end()};
    if (text.empty()) throw cli::UsageError("--server-cores: no core is given; use all, or core numbers such as 0,1");
    std::vector<int> cores;
    for (const std::string& entry : cli::split_list("--server-cores", text)) {
        int core = -1;
        try {
            core = static_cast<int>(cli::parse_whole(entry, 0, CPU_SETSIZE - 1));
        } catch (const std::invalid_argument&) {
        }
        if (std::ranges::find(allowed, core) == allowed.end())
            throw cli::UsageError(fmt::format("--server-cores: \"{}\" is not one of the available cores: {}", entry,
                                              fmt::join(allowed, ", ")));
        if (std::ranges::find(cores, core) != cores.end())
            throw cli::UsageError(fmt::format("--server-cores: core {} is listed twice", core));
        cores.push_back(core);
    }
    return cores;
}

bool pin_to(std::span<const int> cores) {
    cpu_set_t only;
    CPU_ZERO(&only);
    for (const int core : cores) CPU_SET(core, &only);
    return ::sched_setaffinity(0, sizeof only, &only) == 0;
}

}  // namespace iomux::compare
