#include "compare/report/meters_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "compare/terminal/table.hpp"

namespace iomux::compare {
namespace {

std::string figure_or_dash(std::optional<double> figure) { return figure ? fmt::format("{:.2f}", *figure) : "-"; }

std::optional<double> waits_of(const ServerResult& row) {
    return row.system_calls ? row.system_calls->waits_a_message() : std::nullopt;
}

std::vector<std::string> meter_cells(const ServerResult& row, const Medians& medians) {
    return {row.spec.title(),
            figure_or_dash(medians.user_us_a_message),
            figure_or_dash(medians.system_us_a_message),
            figure_or_dash(medians.core_softirq_us_a_message),
            figure_or_dash(medians.context_switches_a_message),
            figure_or_dash(waits_of(row)),
            figure_or_dash(medians.events_a_wait)};
}

// All that is sent is read, and by nobody else is anything sent.
bool is_accounted_for(const Round& round, const Work& work) {
    return work.service != protocol::Service::discard && !work.datagrams && work.flooders == 0 && round.starved == 0;
}

// Of the first of its rounds in which they differ.
std::string disagreement(const ServerResult& row, const Work& work) {
    for (std::size_t i = 0; i < row.rounds.size(); ++i) {
        const std::optional<Round>& round = row.rounds[i];
        if (!round || !round->counters || !round->sent_in_all || !is_accounted_for(*round, work)) continue;
        if (*round->sent_in_all != round->counters->bytes_received)
            return fmt::format("{} (in round {}: {} bytes received, and {} sent)", row.spec.title(), i + 1,
                               round->counters->bytes_received, *round->sent_in_all);
    }
    return "";
}

}  // namespace

std::string meters_text(const Summary& summary, const Terminal& terminal) {
    Table table({"µs/msg", "user", "system", "softirq", "switches/msg", "waits/msg", "events/wait"});
    for (const ServerResult& row : summary.rows)
        if (const auto& medians = summary.of(row)) table.add(meter_cells(row, *medians));
    if (table.lines().empty()) return "";
    return table.text(terminal) + "\n" +
           wrap_paragraph(
               "user, system: CPU time of the server's processes, shared out by samples at ticks of some 10 ms.\n"
               "softirq: all that its cores did in soft interrupts, to a tick. waits: calls that wait for events, by "
               "the count of system calls. events/wait: what one reports, by the server's own counters, over its "
               "whole run.\n",
               terminal);
}

std::string on_sockets(const std::vector<ServerResult>& rows) {
    for (const ServerResult& row : rows)
        if (row.idle_memory && row.idle_memory->socket_bytes)
            return fmt::format("The kernel's socket comes on top, at the server's end {:.2f} KiB/conn.\n",
                               *row.idle_memory->socket_bytes / 1024);
    for (const ServerResult& row : rows)
        if (row.idle_memory && row.idle_memory->socket_unknown)
            return fmt::format("The kernel's socket comes on top: how much is not known: {}.\n",
                               *row.idle_memory->socket_unknown);
    return "";
}

std::string on_counters(const Point& point) {
    std::vector<std::string> all;
    for (const ServerResult& row : point.rows)
        if (std::string one = disagreement(row, point.work); !one.empty()) all.push_back(std::move(one));
    if (all.empty()) return "";
    return fmt::format("Warning: by its own counters another number of bytes came than was sent: {}.\n",
                       fmt::join(all, "; "));
}

}  // namespace iomux::compare
