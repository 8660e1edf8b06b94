#include "compare/cores.hpp"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <sstream>

#include "cli/program.hpp"
#include "cli/values.hpp"
#include "posix/error.hpp"

namespace iomux::compare {

std::string Cores::text() const {
    if (server.empty()) return "server and load on the one core there is, so that rates and latency are of both";
    const std::string of_server =
        fmt::format("server on core{} {}", server.size() == 1 ? "" : "s", fmt::join(server, " and "));
    if (load) return fmt::format("{}, load on core {}", of_server, *load);
    return of_server + ", the load among them, so that rates and latency are of both";
}

std::vector<int> allowed_cores() {
    cpu_set_t allowed;
    posix::check(::sched_getaffinity(0, sizeof allowed, &allowed), "cannot ask for the cores that may be used");
    std::vector<int> cores;
    for (int core = 0; core < CPU_SETSIZE; ++core)
        if (CPU_ISSET(core, &allowed)) cores.push_back(core);
    return cores;
}

Cores choose_cores(std::span<const int> allowed) {
    if (allowed.size() < 2) return {};
    return {.server = {allowed.back()}, .load = allowed.front()};
}

Cores choose_cores(std::span<const int> allowed, std::vector<int> server) {
    const auto other =
        std::ranges::find_if(allowed, [&](int core) { return std::ranges::find(server, core) == server.end(); });
    return {.server = std::move(server), .load = other == allowed.end() ? std::nullopt : std::optional(*other)};
}

std::vector<int> parse_cores(const std::string& text, std::span<const int> allowed) {
    if (text == "all") return {allowed.begin(), allowed.end()};
    std::vector<int> cores;
    std::istringstream rest(text);
    for (std::string part; std::getline(rest, part, ',');) {
        int core = -1;
        try {
            core = static_cast<int>(cli::parse_whole(part, 0, CPU_SETSIZE - 1));
        } catch (const std::invalid_argument&) {
        }
        if (std::ranges::find(allowed, core) == allowed.end())
            throw cli::UsageError(
                fmt::format("--server-cores: '{}' is none of the cores {}", part, fmt::join(allowed, ", ")));
        if (std::ranges::find(cores, core) != cores.end())
            throw cli::UsageError(fmt::format("--server-cores names core {} twice", core));
        cores.push_back(core);
    }
    if (cores.empty()) throw cli::UsageError("--server-cores names no core");
    return cores;
}

bool pin_to(std::span<const int> cores) {
    cpu_set_t only;
    CPU_ZERO(&only);
    for (const int core : cores) CPU_SET(core, &only);
    return ::sched_setaffinity(0, sizeof only, &only) == 0;
}

}  // namespace iomux::compare
