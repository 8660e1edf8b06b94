#include "compare/profile/counted_session.hpp"

#include <map>

namespace iomux::compare {

std::vector<std::optional<HardwareCounts>> count_in_session(std::span<const ServerSpec> specs, const TestSetup& setup,
                                                            const SessionPlan& plan) {
    std::map<std::size_t, EventCounters> counters;
    const std::vector<SessionShare> shares =
        run_session(specs, setup, plan, {.connected = [&](std::size_t server, const std::vector<pid_t>& processes) {
                        counters.insert_or_assign(server, EventCounters(processes, hardware_events()));
                    }});
    std::vector<std::optional<HardwareCounts>> counts(specs.size());
    for (const auto& [server, counted] : counters)
        if (!shares[server].failed) counts[server] = hardware_counts(counted);
    return counts;
}

}  // namespace iomux::compare
