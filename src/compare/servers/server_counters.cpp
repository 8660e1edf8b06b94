#include "compare/servers/server_counters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <stdexcept>

#include "cli/error_text.hpp"
#include "cli/input_file.hpp"
#include "cli/json_reader.hpp"

namespace iomux::compare {
namespace {

constexpr const char* stats_option = "--stats";
constexpr const char* stats_file_name = "counters.json";

bool sets_stats(const ServerSpec& spec) {
    return std::ranges::any_of(
        spec.options, [](const std::string& word) { return std::string_view(word).starts_with(stats_option); });
}

}  // namespace

std::optional<double> ServerCounters::events_per_wait() const {
    if (waits == 0 || ready_events == 0) return std::nullopt;
    return static_cast<double>(ready_events) / static_cast<double>(waits);
}

ServerCounters server_counters_of(const boost::json::object& json) try {
    const boost::json::value whole(json);
    const cli::JsonReader counters(whole);
    return {.all = json,
            .bytes_received = counters.at("bytes_received").number<std::uint64_t>(),
            .waits = counters.at("waits").number<std::uint64_t>(),
            .ready_events = counters.at("ready_events").number<std::uint64_t>()};
} catch (const std::exception& error) {
    throw std::runtime_error(fmt::format("cannot parse the server's counters (--stats): {}", cli::error_text(error)));
}

ServerSpec StatsFile::filled_by(const ServerSpec& spec) const {
    ServerSpec with_stats = spec;
    if (spec.origin == Origin::registry && spec.guarded && !sets_stats(spec))
        with_stats.options.insert(with_stats.options.begin(),
                                  {std::string(stats_option), (folder_.path() / stats_file_name).string()});
    return with_stats;
}

std::optional<ServerCounters> StatsFile::read() const try {
    const std::string text = cli::content_if_readable(folder_.path() / stats_file_name);
    return server_counters_of(boost::json::parse(text).as_object());
} catch (const std::exception&) {
    return std::nullopt;
}

}  // namespace iomux::compare
