#include "server/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

namespace iomux::server {

std::string_view name_of(Family family) {
    switch (family) {
        case Family::blocking: return "blocking";
        case Family::polling: return "polling";
        case Family::readiness: return "readiness";
        case Family::completion: return "completion";
    }
    return "?";
}

const Mechanism* find(std::span<const Mechanism> mechanisms, std::string_view name) {
    const auto found = std::ranges::find(mechanisms, name, &Mechanism::name);
    return found == mechanisms.end() ? nullptr : &*found;
}

std::optional<std::string> contradiction(const Mechanism& mechanism, const Settings& settings) {
    const protocol::Dialect& dialect = settings.dialect;
    if (mechanism.promise == Promise::bare_echo &&
        (dialect.service != protocol::Service::echo || dialect.framing != protocol::Framing::chunk))
        return fmt::format("{} only echoes chunks (--service echo --framing chunk)", mechanism.name);
    return std::nullopt;
}

std::string list_as_text(std::span<const Mechanism> mechanisms) {
    std::string text = fmt::format("{:<12} {:<11} {:<28} {:<22} {}\n", "name", "family", "needs", "here", "what it is");
    for (const Mechanism& mechanism : mechanisms) {
        const std::string here = mechanism.unavailable().value_or("yes");
        text += fmt::format("{:<12} {:<11} {:<28} {:<22} {}\n", mechanism.name, name_of(mechanism.family),
                            mechanism.needs, here, mechanism.summary);
    }
    return text;
}

std::string list_as_json(std::span<const Mechanism> mechanisms) {
    boost::json::array list;
    for (const Mechanism& mechanism : mechanisms) {
        const std::optional<std::string> unavailable = mechanism.unavailable();
        list.push_back({
            {"name", mechanism.name},
            {"family", name_of(mechanism.family)},
            {"summary", mechanism.summary},
            {"needs", mechanism.needs},
            {"guarded", mechanism.promise == Promise::everything},
            {"descriptor_ceiling", mechanism.descriptor_ceiling},
            {"unavailable", unavailable ? boost::json::value(*unavailable) : boost::json::value(nullptr)},
        });
    }
    return boost::json::serialize(list) + "\n";
}

}  // namespace iomux::server
