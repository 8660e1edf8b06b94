#include "protocol/protocol_config.hpp"

#include <algorithm>

namespace iomux::protocol {
namespace {

// The names are in the order of the enumerators.
template <class Value, std::size_t Count>
std::optional<Value> value_in(const std::array<std::string_view, Count>& names, std::string_view name) {
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) return std::nullopt;
    return static_cast<Value>(found - names.begin());
}

}  // namespace

std::string_view name_of(Framing framing) { return framing_names[static_cast<std::size_t>(framing)]; }
std::string_view name_of(Service service) { return service_names[static_cast<std::size_t>(service)]; }
std::optional<Framing> framing_named(std::string_view name) { return value_in<Framing>(framing_names, name); }
std::optional<Service> service_named(std::string_view name) { return value_in<Service>(service_names, name); }

std::optional<std::string> ProtocolConfig::contradiction() const {
    if (max_message < 1 || max_message > longest_message)
        return "the message limit must be from 1 to " + std::to_string(longest_message) + " bytes";
    if (suffix.size() > longest_suffix)
        return "the suffix must have at most " + std::to_string(longest_suffix) + " bytes";
    if (framing == Framing::line && suffix.find('\n') != std::string::npos)
        return "with line framing, the suffix must not contain a line feed";
    return std::nullopt;
}

}  // namespace iomux::protocol
