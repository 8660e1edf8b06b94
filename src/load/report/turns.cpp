#include "load/report/turns.hpp"

#include <boost/json.hpp>

#include "cli/json_text.hpp"
#include "load/report/report.hpp"

namespace iomux::load {

std::string turn_line(const Plan& plan, const Workload& workload, const Turn& turn) {
    const bool has_clock = !plan.targets[turn.target].processes.empty();
    const auto time = [&](std::chrono::nanoseconds cpu) {
        return has_clock ? boost::json::value(cpu.count()) : boost::json::value();
    };
    boost::json::object line{{"cycle", turn.cycle},
                             {"target", turn.target},
                             {"messages", turn.counted.messages},
                             {"cpu_ns", time(turn.cpu)},
                             {"cpu_between_ns", time(turn.cpu_between)},
                             {"begin_ns", turn.begin.time_since_epoch().count()},
                             {"end_ns", turn.end.time_since_epoch().count()},
                             {"length_ns", turn.counted.length.count()},
                             {"load_cpu_ns", turn.counted.cpu.count()}};
    if (workload.transport == Transport::datagrams) line["datagrams"] = datagrams_object(workload, turn.counted);
    return cli::json_text(line) + "\n";
}

std::string target_line(const Plan& plan, std::size_t target, const Workload& workload, const TargetResult& result) {
    const auto share = result.cpu_share_between;
    boost::json::object line{{"target", target},
                             {"name", plan.targets[target].name},
                             {"paused", result.paused},
                             {"cpu_share_between", share ? boost::json::value(*share) : nullptr},
                             {"warmup_ms", std::chrono::duration<double, std::milli>(result.warm_up).count()},
                             {"settled", result.settled ? boost::json::value(*result.settled) : nullptr}};
    for (auto& [name, value] : report_object(workload, result.result)) line[name] = value;
    return cli::json_text(line) + "\n";
}

}  // namespace iomux::load
