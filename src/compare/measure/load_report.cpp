#include "compare/measure/load_report.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cmath>
#include <stdexcept>

namespace iomux::compare {
namespace {

double figure(const boost::json::object& in, std::string_view name) {
    const double number = in.at(name).to_number<double>();
    // JSON has no infinite numbers, but the parser reads 1e999 as infinity.
    if (!std::isfinite(number) || number < 0) throw std::runtime_error(fmt::format("{} is {}", name, number));
    return number;
}

// In microseconds. The report has no percentiles of few messages, but with those of other rounds, they may be enough.
std::optional<double> percentile(const boost::json::object& latency, std::string_view name,
                                 const load::Histogram& histogram, double percent) {
    if (!latency.at(name).is_null()) return figure(latency, name);
    if (histogram.count() == 0) return std::nullopt;
    return std::chrono::duration<double, std::micro>(histogram.percentile(percent)).count();
}

}  // namespace

std::optional<boost::json::object> parse_load_report(std::string_view json) {
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse(json, error);
    if (error || !value.is_object()) return std::nullopt;
    return value.as_object();
}

std::optional<std::string> error_in(const boost::json::object& report) {
    const boost::json::value* error = report.if_contains("error");
    if (error == nullptr || !error->is_string()) return std::nullopt;
    return std::string(error->as_string());
}

bool only_starved(const boost::json::object& report) {
    const boost::json::value* starved = report.if_contains("starved");
    const boost::json::value* error = report.if_contains("error");
    return starved != nullptr && *starved != 0 && error != nullptr && error->is_null();
}

void throw_error_in(const boost::json::object& report) {
    if (only_starved(report)) return;
    if (const std::optional<std::string> error = error_in(report)) throw std::runtime_error("load: " + *error);
}

Sample sample_of(const boost::json::object& report) {
    Sample sample;
    sample.seconds = figure(report, "seconds");
    sample.messages = figure(report, "messages");
    if (!report.at("p50_us").is_null()) sample.p50 = figure(report, "p50_us");
    if (!report.at("p99_us").is_null()) sample.p99 = figure(report, "p99_us");
    return sample;
}

void record_latencies(const boost::json::object& report, load::Histogram& histogram) {
    const boost::json::value* const buckets = report.if_contains("histogram_ns");
    if (buckets == nullptr || !buckets->is_array()) return;
    for (const boost::json::value& bucket : buckets->as_array())
        histogram.record(std::chrono::nanoseconds(bucket.at(0).to_number<std::int64_t>()),
                         bucket.at(1).to_number<std::uint64_t>());
}

void take_figures(const boost::json::object& report, Round& round) try {
    round.messages = figure(report, "messages");
    round.messages_per_second = figure(report, "messages_per_second");
    round.starved = report.at("starved").to_number<std::size_t>();
    round.load_cpu_share = figure(report, "cpu_share");
    if (const boost::json::value* sent = report.if_contains("bytes_sent_in_all"))
        round.sent_in_all = sent->to_number<std::uint64_t>();
    const boost::json::value* const open_loop = report.if_contains("open_loop");
    if (open_loop != nullptr && open_loop->is_object()) {
        const double due = figure(open_loop->as_object(), "due");
        round.unsent_share = due > 0 ? figure(open_loop->as_object(), "unsent") / due : 0;
    }
    if (const boost::json::object* latency = report.at("latency_us").if_object()) {
        load::Histogram histogram;
        record_latencies(report, histogram);
        round.p50 = percentile(*latency, "p50", histogram, 50);
        round.p99 = percentile(*latency, "p99", histogram, 99);
        round.p99_9 = percentile(*latency, "p99_9", histogram, 99.9);
        round.mean = figure(*latency, "mean");
    }
} catch (const std::exception& error) {
    throw std::runtime_error(fmt::format("the load generator's report cannot be parsed: {}", error.what()));
}

}  // namespace iomux::compare
