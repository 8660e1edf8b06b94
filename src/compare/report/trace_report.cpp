#include "compare/report/trace_report.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <vector>

#include "compare/terminal/table.hpp"
#include "load/report/percentile_text.hpp"

namespace iomux::compare {
namespace {

using boost::json::object;
using boost::json::value;
using load::in_microseconds;

constexpr std::string_view note =
    "traced: times are longer than without tracing, because the server is stopped at each call";

value known(const std::string& text) { return text.empty() ? value(nullptr) : value(text); }

std::string error_of(const TracedCall& call) { return call.error == 0 ? "" : error_name(call.error); }

object json_of(const TracedStep& step, const TracedCall& call) {
    return {{"step", name_of(step.step)},
            {"stage", name_of(call.stage)},
            {"call", call.name},
            {"at_us", in_microseconds(call.entered - step.began)},
            {"took_us", in_microseconds(call.returned - call.entered)},
            {"result", call.result},
            {"error", known(error_of(call))},
            {"thread", call.thread},
            {"sleeps", call.sleeps ? value(*call.sleeps) : value(nullptr)},
            {"detail", call.detail}};
}

object json_of(const Trace& trace) {
    boost::json::array calls;
    value answered = nullptr;
    for (const TracedStep& step : trace.steps) {
        if (step.step == ClientStep::message) answered = in_microseconds(step.answered - step.began);
        for (const TracedCall& call : step.calls) calls.push_back(json_of(step, call));
    }
    return {{"name", trace.server.title()},
            {"program", trace.server.program},
            {"unavailable", trace.unavailable ? value(*trace.unavailable) : value(nullptr)},
            {"answered_us", std::move(answered)},
            {"calls", std::move(calls)}};
}

std::vector<std::string> cells_of(const Trace& trace, const TracedStep& step, const TracedCall& call) {
    constexpr long least_address = 1L << 32;
    const std::string result = call.error != 0                ? error_of(call)
                               : call.result >= least_address ? fmt::format("{:#x}", call.result)
                                                              : fmt::format("{}", call.result);
    return {trace.server.title(),
            std::string(name_of(step.step)),
            fmt::format("{:.1f}", in_microseconds(call.entered - step.began)),
            fmt::format("{:.1f}", in_microseconds(call.returned - call.entered)),
            fmt::format("{}", call.thread),
            std::string(name_of(call.stage)),
            call.name,
            result,
            call.detail};
}

}  // namespace

object json_of(std::span<const Trace> traces, std::size_t size) {
    boost::json::array servers;
    for (const Trace& trace : traces) servers.push_back(json_of(trace));
    return {{"format", "iomux-trace"}, {"version", 2}, {"size", size}, {"note", note}, {"servers", std::move(servers)}};
}

std::string text_of(std::span<const Trace> traces, std::size_t size) {
    Table table({"server", "step", "at µs", "took µs", "thread", "stage", "call", "result", "detail"}, {1, 5, 6, 8});
    std::string notes;
    bool has_other = false;
    for (const Trace& trace : traces) {
        if (trace.unavailable) notes += fmt::format("{}: not traced: {}\n", trace.server.title(), *trace.unavailable);
        for (const TracedStep& step : trace.steps)
            for (const TracedCall& call : step.calls) {
                table.add(cells_of(trace, step, call));
                has_other = has_other || call.stage == Stage::other;
            }
    }
    if (has_other) notes += "Stage other: the call is part of no stage. Examples are calls for memory and threads.\n";
    return fmt::format("{}{}One message of {} bytes, {}.\n", table.text({}), notes, size, note);
}

}  // namespace iomux::compare
