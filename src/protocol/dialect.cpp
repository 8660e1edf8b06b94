#include "protocol/dialect.hpp"

#include <array>
#include <utility>

namespace iomux::protocol {
namespace {

constexpr std::array framings{
    std::pair{Framing::chunk, std::string_view("chunk")},
    std::pair{Framing::line, std::string_view("line")},
    std::pair{Framing::length, std::string_view("length")},
};
constexpr std::array services{
    std::pair{Service::suffix, std::string_view("suffix")},
    std::pair{Service::echo, std::string_view("echo")},
    std::pair{Service::discard, std::string_view("discard")},
};

template <class Table, class Value>
std::string_view name_in(const Table& table, Value wanted) {
    for (const auto& [value, name] : table)
        if (value == wanted) return name;
    return "?";
}

template <class Value, class Table>
std::optional<Value> value_in(const Table& table, std::string_view wanted) {
    for (const auto& [value, name] : table)
        if (name == wanted) return value;
    return std::nullopt;
}

}  // namespace

std::string_view name_of(Framing framing) { return name_in(framings, framing); }
std::string_view name_of(Service service) { return name_in(services, service); }
std::optional<Framing> framing_named(std::string_view name) { return value_in<Framing>(framings, name); }
std::optional<Service> service_named(std::string_view name) { return value_in<Service>(services, name); }

std::optional<std::string> Dialect::contradiction() const {
    if (max_message < 1 || max_message > longest_message)
        return "a message limit is 1 to " + std::to_string(longest_message) + " bytes";
    if (suffix.size() > longest_suffix) return "a suffix has at most " + std::to_string(longest_suffix) + " bytes";
    if (framing == Framing::line && suffix.find('\n') != std::string::npos)
        return "a suffix with a line feed cannot be told from two lines";
    return std::nullopt;
}

}  // namespace iomux::protocol
