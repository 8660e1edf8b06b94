#include "compare/report_json.hpp"

#include <boost/json.hpp>

#include "compare/environment.hpp"
#include "compare/summary.hpp"

namespace iomux::compare {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

template <class Value>
value or_null(const std::optional<Value>& known) {
    return known ? value(*known) : value(nullptr);
}

double in_seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

object json_of(const Work& work) {
    return {{"connections", work.connections},
            {"size", work.size},
            {"depth", work.depth},
            {"idle", work.idle},
            {"idle_memory", work.idle_memory},
            {"warmup_seconds", in_seconds(work.warmup)},
            {"seconds", in_seconds(work.duration)},
            {"service", name_of(work.service)},
            {"framing", name_of(work.framing)}};
}

object json_of(const Round& round) {
    const auto& interrupts = round.core_interrupts;
    return {{"cpu_us_a_message", round.cpu_us_a_message()},
            {"server_cpu_share", round.server_cpu_share()},
            {"window_seconds", in_seconds(round.window)},
            {"server_cpu_seconds", in_seconds(round.server_cpu)},
            {"process_cpu_seconds", in_seconds(round.process_cpu)},
            {"core_irq_seconds", interrupts ? value(in_seconds(interrupts->hard)) : value(nullptr)},
            {"core_softirq_seconds", interrupts ? value(in_seconds(interrupts->soft)) : value(nullptr)},
            {"starved", round.starved},
            {"load", round.load}};
}

object json_of(const Medians& medians) {
    return {{"messages_per_second", medians.messages_per_second},
            {"cpu_us_a_message", medians.cpu_us_a_message},
            {"ratio", or_null(medians.ratio)},
            {"latency_us",
             {{"p50", or_null(medians.p50)}, {"p99", or_null(medians.p99)}, {"p99_9", or_null(medians.p99_9)}}},
            {"starved", medians.starved},
            {"load_cpu_share", medians.load_cpu_share},
            {"server_cpu_share", medians.server_cpu_share}};
}

object json_of(const IdleMemory& memory) {
    return {{"connections", memory.connections},
            {"bytes", memory.bytes},
            {"kernel_stack_bytes", or_null(memory.kernel_stack_bytes)}};
}

object json_of(const Row& row, const std::optional<Medians>& medians, const Cores& cores) {
    array rounds;
    for (const std::optional<Round>& round : row.rounds)
        rounds.push_back(round ? value(json_of(*round)) : value(nullptr));
    const Contestant& server = row.contestant;
    return {{"title", server.title()},
            {"program", server.program.empty() ? value(nullptr) : value(server.program)},
            {"name", server.name},
            {"options", array(server.options.begin(), server.options.end())},
            {"path", server.path},
            {"summary", server.summary},
            {"skipped", or_null(row.skipped)},
            {"failed", or_null(row.failed)},
            {"idle_connection", row.idle_memory ? value(json_of(*row.idle_memory)) : value(nullptr)},
            {"idle_connection_unknown", or_null(row.idle_unknown)},
            {"generator_was_the_limit", medians && generator_was_the_limit(row, *medians, cores)},
            {"medians", medians ? value(json_of(*medians)) : value(nullptr)},
            {"rounds", std::move(rounds)}};
}

}  // namespace

std::string json_report(const std::vector<Row>& rows, const Bench& bench) {
    const Summary summary = summarise(rows);
    array servers;
    for (std::size_t i = 0; i < rows.size(); ++i) servers.push_back(json_of(rows[i], summary.medians[i], bench.cores));
    const object report{
        {"environment", environment()},
        {"work", json_of(bench.work)},
        {"rounds", rows.empty() ? 0 : rows.front().rounds.size()},
        {"server_cores", array(bench.cores.server.begin(), bench.cores.server.end())},
        {"load_core", or_null(bench.cores.load)},
        {"interrupts_charged", bench.charges_interrupts()},
        {"baseline", summary.baseline != nullptr ? value(summary.baseline->contestant.title()) : value(nullptr)},
        {"servers", std::move(servers)},
    };
    return boost::json::serialize(report) + "\n";
}

}  // namespace iomux::compare
