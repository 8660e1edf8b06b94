#include "compare/servers/work.hpp"

#include <fmt/format.h>

#include <algorithm>

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

std::string Work::text() const {
    std::string text = rate ? fmt::format("{} messages per second over ", *rate) : "";
    text += fmt::format("{} {} × {}, ", connections,
                        datagrams     ? "UDP sockets"
                        : unix_socket ? "connections to a Unix socket"
                                      : "connections",
                        size.words());
    text += churn        ? "each closed after one message"
            : depth == 1 ? "one message at a time each"
                         : fmt::format("{} messages at a time each", depth);
    if (idle > 0) text += fmt::format(", plus {} idle connections", idle);
    if (flooders > 0) text += fmt::format(", plus {} flooding connections", flooders);
    if (!simulated_work.empty()) text += fmt::format(", each message handled for {}", simulated_work);
    if (load_threads > 1) text += fmt::format(", from {} threads", load_threads);
    text += fmt::format("; service {}", name_of(service));
    return datagrams ? text : text + fmt::format(", framing {}", name_of(framing));
}

}  // namespace iomux::compare
