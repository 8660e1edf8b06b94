#include "tested.hpp"

#include <algorithm>
#include <span>

namespace iomux::conformance {

using protocol::Framing;
using protocol::Service;
using server::Mechanism;

namespace {

std::vector<const Mechanism*> every_mechanism() {
    std::vector<const Mechanism*> all;
    for (const std::span<const Mechanism> registry : registries())
        for (const Mechanism& mechanism : registry) all.push_back(&mechanism);
    return all;
}

}  // namespace

std::vector<const Mechanism*> every_server() {
    std::vector<const Mechanism*> all = every_mechanism();
    std::erase_if(all, [](const Mechanism* mechanism) { return mechanism->unavailable().has_value(); });
    return all;
}

std::vector<const Mechanism*> every_unavailable_server() {
    std::vector<const Mechanism*> all = every_mechanism();
    std::erase_if(all, [](const Mechanism* mechanism) { return !mechanism->unavailable(); });
    return all;
}

std::vector<const Mechanism*> every_guarded_server() {
    std::vector<const Mechanism*> all = every_server();
    std::erase_if(all,
                  [](const Mechanism* mechanism) { return mechanism->guarantees != server::Guarantees::everything; });
    return all;
}

std::ostream& operator<<(std::ostream& out, const ServerWithProtocol& server) {
    return out << server.mechanism->name << " in " << name_of(server.framing) << " " << name_of(server.service);
}

std::vector<ServerWithProtocol> every_server_with_every_protocol() {
    std::vector<ServerWithProtocol> all;
    for (const Mechanism* mechanism : every_server())
        for (const Framing framing : {Framing::chunk, Framing::line, Framing::length})
            for (const Service service : {Service::suffix, Service::echo, Service::discard})
                if (!contradiction(*mechanism, {framing, service})) all.push_back({mechanism, framing, service});
    return all;
}

std::vector<ServerWithProtocol> every_server_with_a_message_limit() {
    std::vector<ServerWithProtocol> all = every_server_with_every_protocol();
    std::erase_if(all, [](const ServerWithProtocol& server) { return server.framing == Framing::chunk; });
    return all;
}

std::string server_name(const testing::TestParamInfo<const Mechanism*>& tested) {
    std::string name(tested.param->name);
    std::ranges::replace(name, '-', '_');
    return name;
}

std::string name_with_protocol(const testing::TestParamInfo<ServerWithProtocol>& tested) {
    const auto [mechanism, framing, service] = tested.param;
    return server_name({mechanism, 0}) + "_in_" + std::string(name_of(framing)) + "_" + std::string(name_of(service));
}

void skip_if_known_to_fail(const Mechanism& mechanism) {
    const testing::TestInfo& running = *testing::UnitTest::GetInstance()->current_test_info();
    // The names are like "Servers/EveryServer" and "Answers/select": instantiation/suite and test/server.
    const std::string suite = std::string(running.test_suite_name()).substr(std::string_view("Servers/").size());
    const std::string test = std::string(running.name()).substr(0, std::string_view(running.name()).find('/'));
    for (const server::KnownFault& fault : mechanism.known_faults)
        if (fault.test == suite + "." + test) GTEST_SKIP() << mechanism.name << " is known to fail: " << fault.why;
}

protocol::ProtocolConfig amplifying() { return {Framing::line, Service::suffix, std::string(1024, 's')}; }

}  // namespace iomux::conformance
