#include "server/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>

#include "cli/json_text.hpp"
#include "server/loop_group.hpp"

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

const OwnOption* find_option(const Mechanism& mechanism, std::string_view name) {
    const auto found = std::ranges::find(mechanism.options, name, &OwnOption::name);
    return found == mechanism.options.end() ? nullptr : &*found;
}

namespace {

std::size_t threads_of(const Mechanism& mechanism, const Settings& settings) {
    return settings.threads == 0 ? mechanism.usual_threads : settings.threads;
}

std::size_t loops_of(const Mechanism& mechanism, const Settings& settings) {
    return mechanism.threads == Threads::loops ? threads_of(mechanism, settings) : 1;
}

}  // namespace

std::vector<Sockets> open_sockets(const Mechanism& mechanism, const posix::Endpoint& endpoint, int backlog,
                                  Settings settings) {
    settings.accepting = mechanism.accepting.value_or(settings.accepting);
    return open_sockets(endpoint, backlog, settings, loops_of(mechanism, settings));
}

std::vector<Sockets> share_sockets(const Mechanism& mechanism, Sockets sockets, const Settings& settings) {
    return share_sockets(std::move(sockets), settings, loops_of(mechanism, settings));
}

std::unique_ptr<Server> make_server(const Mechanism& mechanism, std::vector<Sockets> sockets, Settings settings) {
    settings.threads = threads_of(mechanism, settings);
    if (sockets.size() == 1) return mechanism.make(std::move(sockets.front()), settings);
    if (mechanism.make_together != nullptr) return mechanism.make_together(std::move(sockets), settings);
    std::vector<std::unique_ptr<Server>> loops;
    for (Sockets& own : sockets) loops.push_back(mechanism.make(std::move(own), settings));
    return std::make_unique<LoopGroup>(std::move(loops), settings);
}

std::optional<std::string> contradiction(const Mechanism& mechanism, const protocol::ProtocolConfig& protocol) {
    if (mechanism.guarantees != Guarantees::bare_echo) return std::nullopt;
    const auto refusal = [&](std::string_view option, std::string_view value) {
        return fmt::format(
            "{} does not support --{} {}: it only supports --service echo (its default) with --framing "
            "chunk",
            mechanism.name, option, value);
    };
    if (protocol.service != protocol::Service::echo) return refusal("service", name_of(protocol.service));
    if (protocol.framing != protocol::Framing::chunk) return refusal("framing", name_of(protocol.framing));
    return std::nullopt;
}

namespace {

// Which of the mechanisms have another default than the rest: `--threads: 2 by default for epoll-oneshot`.
std::string defaults_text(std::span<const Mechanism> mechanisms, std::string_view option, std::size_t Mechanism::*usual,
                          std::size_t of_the_rest) {
    std::map<std::size_t, std::vector<std::string_view>> names;
    for (const Mechanism& mechanism : mechanisms)
        if (mechanism.*usual != of_the_rest) names[mechanism.*usual].push_back(mechanism.name);
    std::string text;
    for (const auto& [number, having] : names)
        text += fmt::format("{}: {} by default for {}\n", option, number, fmt::join(having, ", "));
    return text;
}

}  // namespace

std::string list_as_text(std::span<const Mechanism> mechanisms) {
    std::string text = fmt::format("{:<15} {:<11} {:<28} {:<5} {}\n", "name", "family", "needs", "here", "description");
    std::string remarks = defaults_text(mechanisms, "--threads", &Mechanism::usual_threads, 1) +
                          defaults_text(mechanisms, "--max-connections", &Mechanism::usual_max_connections, 0);
    for (const Mechanism& mechanism : mechanisms) {
        const std::optional<std::string> unavailable = mechanism.unavailable();
        text += fmt::format("{:<15} {:<11} {:<28} {:<5} {}\n", mechanism.name, name_of(mechanism.family),
                            mechanism.needs, unavailable ? "no" : "yes", mechanism.summary);
        if (unavailable) remarks += fmt::format("{} does not run here: {}\n", mechanism.name, *unavailable);
        for (const KnownFault& fault : mechanism.known_faults)
            remarks += fmt::format("{} fails the test {}: {}\n", mechanism.name, fault.test, fault.why);
    }
    return remarks.empty() ? text : text + "\n" + remarks;
}

namespace {

boost::json::value json_of_threads(const Mechanism& mechanism) {
    if (mechanism.threads == Threads::of_the_clients) return nullptr;
    return mechanism.usual_threads;
}

}  // namespace

std::string list_as_json(std::span<const Mechanism> mechanisms) {
    boost::json::array list;
    for (const Mechanism& mechanism : mechanisms) {
        boost::json::array options;
        for (const OwnOption& option : mechanism.options) options.push_back(option.name);
        boost::json::array faults;
        for (const KnownFault& fault : mechanism.known_faults)
            faults.push_back({{"test", fault.test}, {"why", fault.why}});
        const std::optional<std::string> unavailable = mechanism.unavailable();
        list.push_back({
            {"name", mechanism.name},
            {"family", name_of(mechanism.family)},
            {"summary", mechanism.summary},
            {"needs", mechanism.needs},
            {"guarded", mechanism.guarantees == Guarantees::everything},
            {"descriptor_ceiling", mechanism.descriptor_ceiling},
            {"usual_max_connections", mechanism.usual_max_connections},
            {"usual_threads", json_of_threads(mechanism)},
            {"options", options},
            {"datagrams", mechanism.datagrams},
            {"known_faults", faults},
            {"unavailable", unavailable ? boost::json::value(*unavailable) : boost::json::value(nullptr)},
        });
    }
    return cli::json_text(list) + "\n";
}

}  // namespace iomux::server
