#include "compare/work.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace iomux::compare {

// Of idle ones one more is held: the first, which is not counted.
std::size_t Work::most_connections() const { return std::max(connections + idle, idle_memory + 1); }

bool Work::is_chunk_echo() const { return service == protocol::Service::echo && framing == protocol::Framing::chunk; }

std::vector<std::string> Work::dialect_options() const {
    std::vector<std::string> options{"--service", std::string(name_of(service)), "--framing",
                                     std::string(name_of(framing))};
    // With chunks a longer message is several reads, and that is what is compared.
    if (framing != protocol::Framing::chunk && size > protocol::Dialect().max_message)
        options.insert(options.end(), {"--max-message", std::to_string(size)});
    return options;
}

std::string Work::text() const {
    const std::string at_once = depth == 1 ? "one message at a time" : fmt::format("{} messages at a time", depth);
    const std::string beside = idle == 0 ? "" : fmt::format(", {} idle connections beside", idle);
    return fmt::format("{} connections × {} bytes, {} each{}; service {}, framing {}", connections, size, at_once,
                       beside, name_of(service), name_of(framing));
}

}  // namespace iomux::compare
