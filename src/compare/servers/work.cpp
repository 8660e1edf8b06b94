#include "compare/servers/work.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "compare/terminal/table.hpp"

namespace iomux::compare {

// For idle memory there is one more connection: the first, which is not counted.
std::size_t Work::most_connections() const { return std::max(served_at_once(), idle_memory + 1); }

bool Work::is_chunk_echo() const { return service == protocol::Service::echo && framing == protocol::Framing::chunk; }

std::vector<std::string> Work::protocol_options() const {
    std::vector<std::string> options{"--service", std::string(name_of(service))};
    // Each datagram is a message, whatever the framing is.
    if (datagrams) return options;
    options.insert(options.end(), {"--framing", std::string(name_of(framing))});
    // With chunk framing a longer message takes several reads, and the comparison includes that.
    if (framing != protocol::Framing::chunk && size.highest() > protocol::ProtocolConfig().max_message)
        options.insert(options.end(), {"--max-message", std::to_string(size.highest())});
    return options;
}

namespace {

std::string counted(std::size_t number, std::string_view what) {
    return fmt::format("{} {}{}", grouped(number), what, number == 1 ? "" : "s");
}

// A rate below one message per second, or a broken one, keeps its digits.
std::string rate_text(double rate) {
    const bool is_whole = rate == std::floor(rate);
    return fmt::format("{} messages per second", is_whole ? grouped(rate) : fmt::format("{}", rate));
}

}  // namespace

std::string Work::text() const {
    std::string text = rate ? rate_text(*rate) + " over " : "";
    text += fmt::format("{}{} × {}, ", counted(connections, datagrams ? "UDP socket" : "connection"),
                        unix_socket ? " to a Unix socket" : "", size.words());
    text += churn        ? "each closed after one message"
            : depth == 1 ? "one message at a time each"
                         : fmt::format("{} messages at a time each", depth);
    if (idle > 0) text += ", plus " + counted(idle, "idle connection");
    if (flooders > 0) text += ", plus " + counted(flooders, "flooding connection");
    if (!simulated_work.empty()) text += fmt::format(", each message handled for {}", simulated_work);
    if (load_threads > 1) text += fmt::format(", from {} threads", load_threads);
    text += fmt::format("; service {}", name_of(service));
    return datagrams ? text : text + fmt::format(", framing {}", name_of(framing));
}

}  // namespace iomux::compare
