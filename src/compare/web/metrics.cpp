#include "compare/web/metrics.hpp"

#include <fmt/format.h>

namespace iomux::compare::web {
namespace {

enum class Kind { counter, gauge };

void begin(std::string& text, std::string_view name, std::string_view help, Kind kind) {
    text += fmt::format("# HELP iomux_{0} {1}\n# TYPE iomux_{0} {2}\n", name, help,
                        kind == Kind::counter ? "counter" : "gauge");
}

void add(std::string& text, std::string_view name, std::string_view help, Kind kind, std::uint64_t number) {
    begin(text, name, help, kind);
    text += fmt::format("iomux_{} {}\n", name, number);
}

}  // namespace

std::string metrics_text(const Metrics& metrics, const RunQueue& queue) {
    std::string text;
    begin(text, "http_responses_total", "HTTP responses by status.", Kind::counter);
    for (const auto& [status, count] : metrics.responses)
        text += fmt::format("iomux_http_responses_total{{status=\"{}\"}} {}\n", status, count);
    add(text, "connections_total", "Accepted connections.", Kind::counter, metrics.connections);
    add(text, "connections_shed_total", "Connections closed to make room for new ones.", Kind::counter,
        metrics.connections_shed);
    add(text, "connections", "Open connections.", Kind::gauge, metrics.connections_open);
    add(text, "results_awaited", "Requests for stored results that are being read.", Kind::gauge,
        metrics.results_awaited);
    add(text, "results_bytes", "Bytes of stored results that are being sent.", Kind::gauge, metrics.results_bytes);
    add(text, "feeds", "WebSockets that follow a run.", Kind::gauge, metrics.feeds_open);
    add(text, "frames_total", "Frames sent to WebSockets.", Kind::counter, metrics.frames_sent);
    add(text, "states_skipped_total", "States not sent because a newer one had replaced them.", Kind::counter,
        metrics.states_skipped);
    begin(text, "runs", "Runs by state.", Kind::gauge);
    std::map<RunState, std::size_t> by_state;
    for (const Run& run : queue.all()) ++by_state[run.state];
    for (const auto& [state, count] : by_state)
        text += fmt::format("iomux_runs{{state=\"{}\"}} {}\n", name_of(state), count);
    return text;
}

}  // namespace iomux::compare::web
