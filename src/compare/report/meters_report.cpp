#include "compare/report/meters_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "compare/terminal/table.hpp"

namespace iomux::compare {
namespace {

std::string figure_or_dash(std::optional<double> figure) { return figure ? fmt::format("{:.2f}", *figure) : "-"; }

// A time that is counted in ticks. The number of ticks varies by chance like any count, by about its square root.
template <class Figure>
std::string figure_of_ticks(const ServerResult& row, const Medians& medians, Figure figure) {
    constexpr double tick_us = 10'000;
    constexpr double least_ticks = 10;
    constexpr double upper_limit = 16;  // the 95 % limit of the mean if a count is below `least_ticks` (Poisson)
    const PerMessage all = per_message_in_rounds(row, figure);
    if (all.messages == 0) return "-";
    if (all.us >= least_ticks * tick_us) return fmt::format("{:.2f}", all.us / all.messages);
    const double limit = upper_limit * tick_us / all.messages;
    return limit < medians.cpu_us_per_message ? fmt::format("<{:.2f}", limit) : "-";
}

// The standard deviation of the ratio from session to session, in per cent.
std::string spread_text(const ServerResult& row, const Medians& medians, const Point& point) {
    if (&row == point.baseline() || !medians.ratio || !medians.ratio->spread) return "-";
    return fmt::format("{:.1f} %", 100 * (*medians.ratio->spread - 1));
}

std::optional<double> waits_of(const ServerResult& row) {
    return row.system_calls ? row.system_calls->waits_per_message() : std::nullopt;
}

// In a session, the ticks of a core are those of all servers.
bool has_softirq(const Point& point) { return !point.slice; }

// Where interrupts are charged, the kernel accounts them apart from the processes. Otherwise it does not, or the load
// generator has some of the same cores.
std::string_view softirq_in_cost(const Experiment& experiment) {
    if (experiment.charges_interrupts) return "it has been added to CPU µs/msg";
    if (experiment.cores.are_apart()) return "CPU µs/msg contains what interrupts the server";
    return "it is not added to CPU µs/msg, because the load runs on the same cores";
}

std::vector<std::string> meter_cells(const ServerResult& row, const Medians& medians, const Point& point) {
    std::vector<std::string> cells{row.spec.title(), figure_of_ticks(row, medians, &Round::user_us_per_message),
                                   figure_of_ticks(row, medians, &Round::system_us_per_message)};
    if (has_softirq(point)) cells.push_back(figure_of_ticks(row, medians, &Round::core_softirq_us_per_message));
    cells.push_back(figure_or_dash(medians.context_switches_per_message));
    cells.push_back(figure_or_dash(waits_of(row)));
    cells.push_back(figure_or_dash(medians.events_per_wait));
    if (point.slice) cells.push_back(spread_text(row, medians, point));
    return cells;
}

// Whether the server reads everything that is sent, and the load generator counts everything that is sent.
bool is_accounted_for(const Round& round, const Work& work) {
    return work.service != protocol::Service::discard && !work.datagrams && work.flooders == 0 && round.starved == 0;
}

// The first round in which the counts differ; empty if there is none.
std::string disagreement(const ServerResult& row, const Work& work) {
    for (std::size_t i = 0; i < row.rounds.size(); ++i) {
        const std::optional<Round>& round = row.rounds[i];
        if (!round || !round->counters || !round->sent_in_all || !is_accounted_for(*round, work)) continue;
        if (*round->sent_in_all != round->counters->bytes_received)
            return fmt::format("{} (round {}: {} bytes received, {} sent)", row.spec.title(), i + 1,
                               round->counters->bytes_received, *round->sent_in_all);
    }
    return "";
}

// What the load generator reports of all rounds over UDP together.
struct DatagramCounts {
    std::uint64_t sent = 0;
    std::uint64_t lost = 0;
};

// Zero if it is unknown, as the losses of service discard are.
std::uint64_t count_in(const boost::json::object& counts, std::string_view name) {
    const boost::json::value* const count = counts.if_contains(name);
    boost::system::error_code error;
    return count == nullptr ? 0 : count->to_number<std::uint64_t>(error);
}

DatagramCounts datagrams_of(const ServerResult& row) {
    DatagramCounts all;
    for (const std::optional<Round>& round : row.rounds) {
        const boost::json::value* const counts = round ? round->load.if_contains("datagrams") : nullptr;
        if (counts == nullptr || !counts->is_object()) continue;
        all.sent += count_in(counts->get_object(), "sent");
        all.lost += count_in(counts->get_object(), "lost");
    }
    return all;
}

}  // namespace

std::string meters_text(const Point& point, const Terminal& terminal) {
    std::vector<std::string> header{"server", "user µs", "system µs"};
    if (has_softirq(point)) header.emplace_back("softirq µs");
    for (const char* title : {"switches/msg", "waits/msg", "events/wait"}) header.emplace_back(title);
    if (point.slice) header.emplace_back("spread");
    Table table(std::move(header));
    for (const ServerResult& row : point.rows)
        if (const auto& medians = point.of(row).medians) table.add(meter_cells(row, *medians, point));
    if (table.lines().empty()) return "";
    return table.text(terminal);
}

std::string meters_legend(const Experiment& experiment) {
    const std::string on_softirq =
        std::ranges::any_of(experiment.points, has_softirq)
            ? fmt::format("softirq µs: softirq time on the server's cores per message, estimated from ticks; {}.\n",
                          softirq_in_cost(experiment))
            : "";
    return fmt::format(
        "user µs, system µs: CPU time per message, estimates from ticks of 10 ms; they need not add up to CPU µs/msg. "
        "<x: there were fewer than ten ticks, and x is the upper 95 % limit of the time; -: too few ticks for a "
        "limit.\n{}"
        "switches/msg: context switches of the server per message. waits/msg: calls that wait for events, from the "
        "count of system calls.\n"
        "events/wait: events that a wait returns on average, over the server's whole run; so it is not the inverse of "
        "waits/msg.\n{}",
        on_softirq,
        std::ranges::any_of(experiment.points, [](const Point& point) { return point.slice.has_value(); })
            ? "spread: standard deviation of the ratio from session to session. A server can differ from one start to "
              "the next.\n"
            : "");
}

std::string on_sockets(const std::vector<ServerResult>& rows) {
    for (const ServerResult& row : rows)
        if (row.idle_memory && row.idle_memory->socket_bytes)
            return fmt::format("The kernel's socket takes another {:.2f} KiB/conn at the server's end.\n",
                               *row.idle_memory->socket_bytes / 1024);
    for (const ServerResult& row : rows)
        if (row.idle_memory && row.idle_memory->socket_unknown)
            return fmt::format("The kernel's socket takes more memory; how much is unknown: {}.\n",
                               *row.idle_memory->socket_unknown);
    return "";
}

std::string unsettled_text(const ServerResult& row) {
    if (!row.warmup || row.warmup->settled.value_or(true)) return "";
    return fmt::format("did not settle within {:.3g} s: its cost was still changing",
                       std::chrono::duration<double>(row.warmup->time).count());
}

std::string on_counters(const Point& point) {
    std::vector<std::string> all;
    for (const ServerResult& row : point.rows)
        if (std::string one = disagreement(row, point.work); !one.empty()) all.push_back(std::move(one));
    if (all.empty()) return "";
    return fmt::format("Warning: the bytes that the server counted differ from the bytes that were sent: {}.\n",
                       fmt::join(all, "; "));
}

std::string on_lost_datagrams(std::span<const Point> points) {
    std::vector<std::string> losses;
    for (const Point& point : points)
        for (const ServerResult& row : point.rows) {
            const DatagramCounts datagrams = datagrams_of(row);
            if (datagrams.lost == 0) continue;
            const std::string where = points.size() > 1 ? fmt::format(" ({})", point.label) : "";
            losses.push_back(fmt::format("{}{} {} of {}", row.spec.title(), where, grouped(datagrams.lost),
                                         grouped(datagrams.sent)));
        }
    if (losses.empty()) return "";
    return fmt::format("Lost datagrams (no reply in time): {}.\n", fmt::join(losses, "; "));
}

}  // namespace iomux::compare
