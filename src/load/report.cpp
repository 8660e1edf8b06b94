#include "load/report.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

namespace iomux::load {
namespace {

double in_seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }
double in_microseconds(std::chrono::nanoseconds time) {
    return std::chrono::duration<double, std::micro>(time).count();
}

// Of a window that was never reached, every rate is zero.
double a_second(std::uint64_t count, const Window& window) {
    return window.length.count() == 0 ? 0 : static_cast<double>(count) / in_seconds(window.length);
}
// Of those of which it is known whether they are answered.
double lost_share(const Window& window) {
    const std::uint64_t known = window.messages + window.datagrams.lost;
    return known == 0 ? 0 : static_cast<double>(window.datagrams.lost) / static_cast<double>(known);
}
double cpu_share(const Window& window) {
    return window.length.count() == 0 ? 0 : in_seconds(window.cpu) / in_seconds(window.length);
}

std::string latency_line(const Workload& workload, const Histogram& latency) {
    if (!workload.answered()) return "not measured: nothing is answered";
    if (latency.count() == 0) return "not measured: nothing was answered";
    std::string line;
    for (const auto& [name, percent] : {std::pair{"p50", 50.0}, {"p90", 90.0}, {"p99", 99.0}, {"p99.9", 99.9}})
        line += fmt::format("{} {:.1f}, ", name, in_microseconds(latency.percentile(percent)));
    return line + fmt::format("max {:.1f} µs", in_microseconds(latency.max()));
}

std::string work_line(const Workload& workload) {
    if (workload.transport == Transport::datagrams)
        return fmt::format("{} UDP sockets x {} bytes, depth {}; service {}", workload.connections, workload.size,
                           workload.depth, name_of(workload.dialect.service));
    return fmt::format("{} connections x {} bytes, depth {}, {} idle beside; service {}, framing {}",
                       workload.connections, workload.size, workload.depth, workload.idle,
                       name_of(workload.dialect.service), name_of(workload.dialect.framing));
}

std::string datagrams_line(const Workload& workload, const Window& window) {
    if (workload.transport != Transport::datagrams) return "";
    const Datagrams& datagrams = window.datagrams;
    if (!workload.answered()) return fmt::format("datagrams {} sent; how many are lost is not known\n", datagrams.sent);
    return fmt::format("datagrams {} sent, {} answered, {} lost ({:.3g} %); {} replies late\n", datagrams.sent,
                       window.messages, datagrams.lost, lost_share(window) * 100, datagrams.late);
}

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

boost::json::value latency_object(const Histogram& latency) {
    if (latency.count() == 0) return nullptr;
    return {{"p50", in_microseconds(latency.percentile(50))}, {"p90", in_microseconds(latency.percentile(90))},
            {"p99", in_microseconds(latency.percentile(99))}, {"p99_9", in_microseconds(latency.percentile(99.9))},
            {"max", in_microseconds(latency.max())},          {"mean", in_microseconds(latency.mean())}};
}

}  // namespace

std::string report_as_text(const Workload& workload, const Result& result) {
    const Window& window = result.measured;
    return fmt::format(
        "{}; {:.2f} s\n"
        "messages  {:.0f} a second ({} {})\n"
        "bytes     {:.2f} MB/s sent, {:.2f} MB/s received\n"
        "latency   {}\n"
        "{}"
        "errors    {}\n"
        "starved   {}\n"
        "own CPU   {:.0f} % of one core\n",
        work_line(workload), in_seconds(window.length), a_second(window.messages, window), window.messages,
        workload.answered() ? "answered" : "sent", a_second(window.sent, window) / 1e6,
        a_second(window.received, window) / 1e6, latency_line(workload, window.latency),
        datagrams_line(workload, window), result.errors, result.starved, cpu_share(window) * 100);
}

std::string report_as_json(const Workload& workload, const Result& result) {
    const Window& window = result.measured;
    boost::json::object report{
        {"connections", workload.connections},
        {"idle", workload.idle},
        {"size", workload.size},
        {"depth", workload.depth},
        {"service", name_of(workload.dialect.service)},
        {"framing", name_of(workload.dialect.framing)},
        {"seconds", in_seconds(window.length)},
        {"messages", window.messages},
        {"messages_per_second", a_second(window.messages, window)},
        {"bytes_per_second", a_second(window.sent + window.received, window)},
        {"latency_us", latency_object(window.latency)},
        {"errors", result.errors},
        {"error", result.errors > 0 ? boost::json::value(result.error) : nullptr},
        {"starved", result.starved},
        {"cpu_share", cpu_share(window)},
        {"cpu_seconds", in_seconds(window.cpu)},
    };
    if (workload.transport == Transport::datagrams) {
        report["framing"] = nullptr;
        report["datagrams"] = datagrams_object(workload, window);
    }
    return boost::json::serialize(report) + "\n";
}

}  // namespace iomux::load
