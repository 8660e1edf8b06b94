#include "load/report/report.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "cli/json_text.hpp"
#include "cli/numbers.hpp"
#include "load/report/percentile_text.hpp"

namespace iomux::load {
namespace {

using cli::grouped;
using std::chrono::nanoseconds;

double in_seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

// Zero if the window was never reached.
double per_second(std::uint64_t count, const Window& window) {
    return window.length.count() == 0 ? 0 : static_cast<double>(count) / in_seconds(window.length);
}
// The share among the datagrams that were either answered or lost.
double lost_share(const Window& window) {
    const std::uint64_t known = window.messages + window.datagrams.lost;
    return known == 0 ? 0 : static_cast<double>(window.datagrams.lost) / static_cast<double>(known);
}
// The share of one core.
double cpu_share(const Window& window) {
    return window.length.count() == 0 ? 0 : in_seconds(window.cpu) / in_seconds(window.length);
}

// `-` if there are too few times.
std::string percentile_or_dash(const Histogram& times, double percent) {
    const auto time = times.known_percentile(percent);
    return time ? grouped(in_microseconds(*time), 1) : "-";
}

boost::json::value percentile_or_null(const Histogram& times, double percent) {
    const auto time = times.known_percentile(percent);
    return time ? boost::json::value(in_microseconds(*time)) : nullptr;
}

std::string latency_line(const Workload& workload, const Histogram& latency) {
    if (!workload.answered()) return "not measured: service discard sends no replies";
    if (latency.count() == 0) return "not measured: no reply was received";
    std::string line;
    for (const auto& [name, percent] : {std::pair{"p50", 50.0}, {"p90", 90.0}, {"p99", 99.0}, {"p99.9", 99.9}})
        line += fmt::format("{} {}, ", name, percentile_or_dash(latency, percent));
    return line + fmt::format("max {} µs", grouped(in_microseconds(latency.max()), 1));
}

std::string work_line(const Workload& workload) {
    const std::string size = workload.size.words();
    if (workload.transport == Transport::datagrams)
        return fmt::format("{} UDP sockets x {}, depth {}; service {}", grouped(workload.connections), size,
                           grouped(workload.depth), name_of(workload.protocol.service));
    if (workload.churn)
        return fmt::format("{} connections at a time, one message of {} on each; service {}, framing {}",
                           grouped(workload.connections), size, name_of(workload.protocol.service),
                           name_of(workload.protocol.framing));
    const std::string threads = workload.threads > 1 ? fmt::format(", {} threads", workload.threads) : "";
    return fmt::format("{} connections x {}, depth {}, {} idle{}; service {}, framing {}",
                       grouped(workload.connections), size, grouped(workload.depth), grouped(workload.idle), threads,
                       name_of(workload.protocol.service), name_of(workload.protocol.framing));
}

std::string datagrams_line(const Workload& workload, const Window& window) {
    if (workload.transport != Transport::datagrams) return "";
    const Datagrams& datagrams = window.datagrams;
    if (!workload.answered())
        return fmt::format("datagrams {} sent; lost: unknown, because service discard sends no replies\n",
                           grouped(datagrams.sent));
    return fmt::format("datagrams {} sent, {} answered, {} lost ({:.3g} %), {} late replies\n", grouped(datagrams.sent),
                       grouped(window.messages), grouped(datagrams.lost), lost_share(window) * 100,
                       grouped(datagrams.late));
}

std::string backlog_line(const Punctuality& punctuality) {
    if (punctuality.backlog == 0) return "";
    return fmt::format("backlog   {} were due before the measurement and unsent when it began; {} of them sent in it\n",
                       grouped(punctuality.backlog), grouped(punctuality.backlog_sent));
}

// Until when replies were awaited.
std::string end_of_wait(const Workload& workload, const Result& result) {
    if (result.stopped) return "when it was interrupted";
    return fmt::format("within {:.3g} s of it", in_seconds(workload.longest_wait));
}

std::string open_loop_lines(const Workload& workload, const Result& result) {
    if (!workload.open_loop) return "";
    const Punctuality& punctuality = result.measured.punctuality;
    const Histogram& lateness = punctuality.lateness;
    return fmt::format(
        "open loop {} per second, {}: {} due, {} sent, {} of them over {} µs late, {} unsent\n"
        "{}"
        "lateness  p50 {}, p99 {}, max {} µs\n"
        "at end    {} answered after the window, {} not answered {}\n",
        grouped(workload.open_loop->rate), name_of(workload.open_loop->spacing), grouped(punctuality.due),
        grouped(punctuality.sent), grouped(punctuality.late), grouped(in_microseconds(Punctuality::late_after)),
        grouped(punctuality.unsent), backlog_line(punctuality), percentile_or_dash(lateness, 50),
        percentile_or_dash(lateness, 99), grouped(in_microseconds(lateness.max()), 1),
        grouped(punctuality.answered_later), grouped(punctuality.unanswered), end_of_wait(workload, result));
}

boost::json::value open_loop_object(const Workload& workload, const Punctuality& punctuality) {
    if (!workload.open_loop) return nullptr;
    const Histogram& lateness = punctuality.lateness;
    return {{"rate", workload.open_loop->rate},
            {"arrivals", name_of(workload.open_loop->spacing)},
            {"due", punctuality.due},
            {"sent", punctuality.sent},
            {"late", punctuality.late},
            {"late_after_us", in_microseconds(Punctuality::late_after)},
            {"unsent", punctuality.unsent},
            {"backlog", punctuality.backlog},
            {"backlog_sent", punctuality.backlog_sent},
            {"answered_later", punctuality.answered_later},
            {"unanswered", punctuality.unanswered},
            {"send_lateness_us",
             {{"p50", percentile_or_null(lateness, 50)},
              {"p99", percentile_or_null(lateness, 99)},
              {"max", in_microseconds(lateness.max())}}}};
}

boost::json::value latency_object(const Histogram& latency) {
    if (latency.count() == 0) return nullptr;
    return {{"p50", percentile_or_null(latency, 50)}, {"p90", percentile_or_null(latency, 90)},
            {"p99", percentile_or_null(latency, 99)}, {"p99_9", percentile_or_null(latency, 99.9)},
            {"max", in_microseconds(latency.max())},  {"mean", in_microseconds(latency.mean())}};
}

boost::json::array histogram_array(const Histogram& latency) {
    boost::json::array buckets;
    for (const auto& [time, count] : latency.buckets()) buckets.push_back(boost::json::array{time.count(), count});
    return buckets;
}

}  // namespace

boost::json::object datagrams_object(const Workload& workload, const Window& window) {
    const Datagrams& datagrams = window.datagrams;
    if (!workload.answered())
        return {{"sent", datagrams.sent}, {"answered", 0}, {"lost", nullptr}, {"lost_share", nullptr}, {"late", 0}};
    return {{"sent", datagrams.sent},
            {"answered", window.messages},
            {"lost", datagrams.lost},
            {"lost_share", lost_share(window)},
            {"late", datagrams.late}};
}

std::string interruption_text(const Workload& workload, const Result& result) {
    if (!result.stopped) return "";
    const nanoseconds length = result.measured.length;
    if (length.count() == 0) return "Interrupted before the measurement began.\n";
    return fmt::format("Interrupted after {:.2f} s of {:.3g} s. These are the results so far.\n", in_seconds(length),
                       in_seconds(workload.duration));
}

std::string report_as_text(const Workload& workload, const Result& result) {
    const Window& window = result.measured;
    std::string interruption = interruption_text(workload, result);
    if (!interruption.empty() && window.length.count() == 0) return interruption;
    const auto megabytes = [&](std::uint64_t bytes) { return grouped(per_second(bytes, window) / 1e6, 2); };
    return fmt::format(
        "{}{}; {:.2f} s\n"
        "messages  {} per second ({} {})\n"
        "bytes     {} MB/s sent, {} MB/s received\n"
        "latency   {}\n"
        "{}{}"
        "errors    {}\n"
        "starved   {}\n"
        "own CPU   {:.0f} % of one core\n",
        interruption, work_line(workload), in_seconds(window.length), grouped(per_second(window.messages, window)),
        grouped(window.messages), workload.answered() ? "answered" : "sent", megabytes(window.sent),
        megabytes(window.received), latency_line(workload, window.latency), open_loop_lines(workload, result),
        datagrams_line(workload, window), grouped(result.errors), grouped(result.starved), cpu_share(window) * 100);
}

boost::json::object report_object(const Workload& workload, const Result& result) {
    const Window& window = result.measured;
    boost::json::object report{
        {"connections", workload.connections},
        {"idle", workload.idle},
        {"size", workload.size.mean()},
        {"sizes", workload.size.text()},
        {"depth", workload.depth},
        {"threads", workload.threads},
        {"churn", workload.churn},
        {"service", name_of(workload.protocol.service)},
        {"framing", name_of(workload.protocol.framing)},
        {"interrupted", result.stopped},
        {"seconds", in_seconds(window.length)},
        {"messages", window.messages},
        {"messages_per_second", per_second(window.messages, window)},
        {"bytes_per_second", per_second(window.sent + window.received, window)},
        {"bytes_sent", window.sent},
        {"bytes_sent_in_all", result.sent_in_all},
        {"latency_us", latency_object(window.latency)},
        {"histogram_ns", histogram_array(window.latency)},
        {"open_loop", open_loop_object(workload, window.punctuality)},
        {"errors", result.errors},
        {"error", result.errors > 0 ? boost::json::value(result.error) : nullptr},
        {"starved", result.starved},
        {"cpu_share", cpu_share(window) / static_cast<double>(window.cores)},
        {"cpu_seconds", in_seconds(window.cpu)},
    };
    if (workload.transport == Transport::datagrams) {
        report["framing"] = nullptr;
        report["datagrams"] = datagrams_object(workload, window);
    }
    return report;
}

std::string report_as_json(const Workload& workload, const Result& result) {
    return cli::json_text(report_object(workload, result)) + "\n";
}

std::string sample_line(const Window& so_far) {
    const Histogram& latency = so_far.latency;
    const auto figure = [&](double percent) {
        const auto time = latency.known_percentile(percent);
        return time ? fmt::format("{:.1f}", in_microseconds(*time)) : "null";
    };
    return fmt::format("sample {{\"seconds\":{:.6f},\"messages\":{},\"p50_us\":{},\"p99_us\":{}}}\n",
                       in_seconds(so_far.length), so_far.messages, figure(50), figure(99));
}

}  // namespace iomux::load
