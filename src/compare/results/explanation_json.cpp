#include "compare/results/explanation_json.hpp"

#include <boost/json.hpp>
#include <cmath>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace iomux::compare {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

constexpr int explanation_version = 1;

value estimate_json(const std::optional<MeanEstimate>& estimate) {
    if (!estimate) return nullptr;
    const auto& interval = estimate->interval;
    return object{{"us", estimate->mean},
                  {"low_us", interval ? value(interval->low) : value(nullptr)},
                  {"high_us", interval ? value(interval->high) : value(nullptr)},
                  {"p", estimate->p}};
}

array numbers_json(const std::vector<double>& numbers) { return array(numbers.begin(), numbers.end()); }

value count_json(const std::optional<double>& count) { return count ? value(*count) : value(nullptr); }

object hardware_json(const HardwareCounts& counts) {
    return {{"cycles", count_json(counts.cycles)},
            {"instructions", count_json(counts.instructions)},
            {"cache_misses", count_json(counts.cache_misses)},
            {"branch_misses", count_json(counts.branch_misses)}};
}

// Of a logarithm, as a share.
value sampling_cost_json(const std::optional<MeanEstimate>& cost) {
    if (!cost) return nullptr;
    const auto& interval = cost->interval;
    return object{{"share", std::expm1(cost->mean)},
                  {"low", interval ? value(std::expm1(interval->low)) : value(nullptr)},
                  {"high", interval ? value(std::expm1(interval->high)) : value(nullptr)}};
}

value ratio_json(const std::optional<Ratio>& ratio) {
    if (!ratio) return nullptr;
    return object{{"value", ratio->value},
                  {"low", ratio->interval ? value(ratio->interval->low) : value(nullptr)},
                  {"high", ratio->interval ? value(ratio->interval->high) : value(nullptr)},
                  {"p", ratio->p},
                  {"verdict", name_of(ratio->verdict)}};
}

object part_json(const PartCost& cost) {
    array functions;
    for (const auto& [name, us] : cost.functions) functions.push_back({{"function", name}, {"us", numbers_json(us)}});
    return {{"layer", name_of(cost.part.layer)}, {"stage", name_of(cost.part.stage)},
            {"us", numbers_json(cost.us)},       {"difference", estimate_json(cost.difference)},
            {"told_apart", cost.told_apart},     {"functions", std::move(functions)}};
}

array parts_json(const PartsSummary& summary) {
    array parts;
    for (const PartCost& cost : summary.parts) parts.push_back(part_json(cost));
    return parts;
}

value beside_json(const std::optional<BesideBaseline>& beside) {
    if (!beside) return nullptr;
    return object{{"ratio", ratio_json(beside->ratio)},
                  {"difference", estimate_json(beside->difference)},
                  {"sampled_difference", estimate_json(beside->parts.difference)},
                  {"not_told_apart", estimate_json(beside->parts.not_told_apart)},
                  {"parts", parts_json(beside->parts)}};
}

array lines_json(const std::map<SourceLine, double>& lines) {
    array all;
    for (const auto& [line, us] : lines) all.push_back({{"file", line.file}, {"line", line.line}, {"us", us}});
    return all;
}

object server_json(const ExplainedServer& server) {
    return {{"server", server.title},
            {"program", server.spec.program},
            {"name", server.spec.name},
            {"skipped", server.skipped ? value(*server.skipped) : value(nullptr)},
            {"failed", server.failed ? value(*server.failed) : value(nullptr)},
            {"cost", estimate_json(server.cost)},
            {"samples", server.samples},
            {"messages", server.messages},
            {"sampled_us", server.sampled_us},
            {"metered_us", server.metered_us},
            {"unknown_share", server.unknown_share},
            {"hardware", hardware_json(server.hardware)},
            {"sampling_cost", sampling_cost_json(server.sampling_cost)},
            {"lines", lines_json(server.lines)},
            {"beside_baseline", beside_json(server.beside_baseline)}};
}

std::string_view name_of(Frame::In in) {
    switch (in) {
        case Frame::In::kernel: return "kernel";
        case Frame::In::program: return "program";
        case Frame::In::library: return "library";
        case Frame::In::nowhere: break;
    }
    return "nowhere";
}

// The tree as a list, because readers of JSON limit how deep objects may be nested.
class StackList {
public:
    explicit StackList(const Explanation& explanation) : lines_(explanation.lines) { add(explanation.stacks, nullptr); }

    array functions;
    array stacks;

private:
    void add(const StackNode& node, value caller) {
        const std::size_t place = stacks.size();
        value function = caller.is_null() ? value(nullptr) : value(place_of(node));
        stacks.push_back(
            {{"function", std::move(function)}, {"caller", std::move(caller)}, {"us", numbers_json(node.us)}});
        for (const StackNode& call : node.calls) add(call, place);
    }
    std::size_t place_of(const StackNode& node) {
        const auto [known, is_new] = places_.emplace(std::pair(node.name, node.in), functions.size());
        if (is_new)
            functions.push_back(
                {{"name", node.name}, {"in", name_of(node.in)}, {"lines", lines_of({node.name, node.in})}});
        return known->second;
    }

    array lines_of(const StackFrame& function) const {
        array lines;
        if (const auto found = lines_.find(function); found != lines_.end())
            for (const auto& [line, us] : found->second)
                lines.push_back({{"file", line.file}, {"line", line.line}, {"us", numbers_json(us)}});
        return lines;
    }

    const std::map<StackFrame, std::vector<LineCost>>& lines_;
    std::map<std::pair<std::string, Frame::In>, std::size_t> places_;
};

object work_json(const Work& work) {
    return {{"text", work.text()},
            {"connections", work.connections},
            {"sizes", work.size.text()},
            {"depth", work.depth},
            {"idle", work.idle},
            {"rate", work.rate ? value(*work.rate) : value(nullptr)},
            {"churn", work.churn},
            {"unix_socket", work.unix_socket},
            {"load_threads", work.load_threads},
            {"simulated_work", work.simulated_work},
            {"service", name_of(work.service)},
            {"framing", name_of(work.framing)}};
}

}  // namespace

object json_of(const Explanation& explanation, const std::vector<std::string>& summary, const Work& work,
               object environment) {
    array servers;
    for (const ExplainedServer& server : explanation.servers) servers.push_back(server_json(server));
    StackList list(explanation);
    const std::vector<std::string> warnings = warnings_on(explanation);
    return {
        {"format", "iomux-explanation"},
        {"version", explanation_version},
        {"partial", explanation.interrupted},
        {"environment", std::move(environment)},
        {"work", work_json(work)},
        {"slice_ms", std::chrono::duration<double, std::milli>(explanation.slice).count()},
        {"sessions", explanation.sessions},
        {"sampled_sessions", explanation.sampled_sessions},
        {"samples_per_second", samples_per_second},
        {"lost_samples", explanation.missed.lost},
        {"no_hardware_counts",
         explanation.no_hardware_counts ? value(*explanation.no_hardware_counts) : value(nullptr)},
        {"baseline", explanation.baseline ? value(explanation.servers[*explanation.baseline].title) : value(nullptr)},
        {"servers", std::move(servers)},
        {"difference", estimate_json(explanation.difference)},
        {"sampled_difference", estimate_json(explanation.parts.difference)},
        {"not_told_apart", estimate_json(explanation.parts.not_told_apart)},
        {"parts", parts_json(explanation.parts)},
        {"functions", std::move(list.functions)},
        {"stacks", std::move(list.stacks)},
        {"summary", array(summary.begin(), summary.end())},
        {"warnings", array(warnings.begin(), warnings.end())}};
}

}  // namespace iomux::compare
