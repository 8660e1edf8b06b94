#include "load/command/size_option.hpp"

#include <ostream>
#include <stdexcept>

#include "cli/values.hpp"
#include "protocol/protocol_config.hpp"

namespace iomux::load {
namespace {

constexpr const char* forms =
    "expected a size such as 64, 64K or 1MiB, uniform:16B-1KiB or exponential:256B; K, M and G (also KiB, MiB, GiB) "
    "are powers of 1,024";

std::size_t bytes_of(std::string_view text) try {
    return cli::parse_size(text).bytes;
} catch (const std::invalid_argument&) {
    throw std::invalid_argument(forms);
}

// The size of one message.
std::size_t parse_bytes(std::string_view text) {
    const std::size_t bytes = bytes_of(text);
    if (bytes < 1 || bytes > protocol::ProtocolConfig::longest_message)
        throw std::invalid_argument("expected a size from 1 to " +
                                    std::to_string(protocol::ProtocolConfig::longest_message) + " bytes");
    return bytes;
}

Sizes parse_uniform(std::string_view bounds) {
    const std::size_t dash = bounds.find('-');
    if (dash == std::string_view::npos) throw std::invalid_argument(forms);
    const std::size_t lowest = parse_bytes(bounds.substr(0, dash)), highest = parse_bytes(bounds.substr(dash + 1));
    if (lowest > highest) throw std::invalid_argument("expected the lower size first");
    return Sizes::uniform(lowest, highest);
}

}  // namespace

Sizes parse_sizes(std::string_view text) {
    constexpr std::string_view uniform = "uniform:", exponential = "exponential:";
    if (text.starts_with(uniform)) return parse_uniform(text.substr(uniform.size()));
    if (text.starts_with(exponential)) return Sizes::exponential(parse_bytes(text.substr(exponential.size())));
    return parse_bytes(text);
}

std::ostream& operator<<(std::ostream& out, const Sizes& sizes) { return out << sizes.text(); }

void validate(boost::any& target, const std::vector<std::string>& values, Sizes*, int) {
    cli::validate_with(parse_sizes, target, values);
}

}  // namespace iomux::load
