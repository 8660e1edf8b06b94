#include "compare/measure/load_report.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <stdexcept>

#include "cli/error_text.hpp"
#include "cli/json_reader.hpp"

namespace iomux::compare {
namespace {

using cli::JsonReader;

double figure(const JsonReader& json) {
    const double number = json.number<double>();
    if (number < 0) json.refuse_value("a number from 0");
    return number;
}

// In microseconds. The report has no percentiles of few messages, but with those of other rounds, they may be enough.
std::optional<double> percentile(const JsonReader& json, const load::Histogram& histogram, double percent) {
    if (!json.is_null()) return figure(json);
    if (histogram.count() == 0) return std::nullopt;
    return std::chrono::duration<double, std::micro>(histogram.percentile(percent)).count();
}

// What `read` returns for the report.
template <class Read>
auto read_report(const boost::json::object& report, Read read) try {
    const boost::json::value whole(report);
    return read(JsonReader(whole));
} catch (const std::exception& error) {
    throw std::runtime_error(fmt::format("the load generator's report cannot be parsed: {}", cli::error_text(error)));
}

void record_latencies(const JsonReader& report, load::Histogram& histogram) {
    const JsonReader buckets = report.at_or_null("histogram_ns");
    if (buckets.is_null()) return;
    for (const JsonReader& bucket : buckets.elements())
        histogram.record(std::chrono::nanoseconds(bucket.at(0).number<std::int64_t>()),
                         bucket.at(1).number<std::uint64_t>());
}

void take_figures(const JsonReader& report, Round& round) {
    round.messages = figure(report.at("messages"));
    round.messages_per_second = figure(report.at("messages_per_second"));
    round.starved = report.at("starved").number<std::size_t>();
    round.load_cpu_share = figure(report.at("cpu_share"));
    if (const JsonReader sent = report.at_or_null("bytes_sent_in_all"); !sent.is_null())
        round.sent_in_all = sent.number<std::uint64_t>();
    if (const JsonReader open_loop = report.at_or_null("open_loop"); !open_loop.is_null()) {
        const double due = figure(open_loop.at("due"));
        round.unsent_share = due > 0 ? figure(open_loop.at("unsent")) / due : 0;
    }
    if (const JsonReader latency = report.at("latency_us"); !latency.is_null()) {
        load::Histogram histogram;
        record_latencies(report, histogram);
        round.p50 = percentile(latency.at("p50"), histogram, 50);
        round.p99 = percentile(latency.at("p99"), histogram, 99);
        round.p99_9 = percentile(latency.at("p99_9"), histogram, 99.9);
        round.mean = figure(latency.at("mean"));
    }
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
    return read_report(report, [](const JsonReader& json) {
        Sample sample;
        sample.seconds = figure(json.at("seconds"));
        sample.messages = figure(json.at("messages"));
        sample.p50 = json.at("p50_us").unless_null(figure);
        sample.p99 = json.at("p99_us").unless_null(figure);
        return sample;
    });
}

void record_latencies(const boost::json::object& report, load::Histogram& histogram) {
    read_report(report, [&](const JsonReader& json) { record_latencies(json, histogram); });
}

void take_figures(const boost::json::object& report, Round& round) {
    read_report(report, [&](const JsonReader& json) { take_figures(json, round); });
}

}  // namespace iomux::compare
