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

std::ostream& operator<<(std::ostream& out, const Speaker& speaker) {
    return out << speaker.mechanism->name << " in " << name_of(speaker.framing) << " " << name_of(speaker.service);
}

std::vector<Speaker> every_speaker() {
    std::vector<Speaker> all;
    for (const Mechanism* mechanism : every_server())
        for (const Framing framing : {Framing::chunk, Framing::line, Framing::length})
            for (const Service service : {Service::suffix, Service::echo, Service::discard})
                if (!contradiction(*mechanism, settings_for({framing, service})))
                    all.push_back({mechanism, framing, service});
    return all;
}

std::vector<Speaker> every_speaker_with_a_limit() {
    std::vector<Speaker> all = every_speaker();
    std::erase_if(all, [](const Speaker& speaker) { return speaker.framing == Framing::chunk; });
    return all;
}

std::string server_name(const testing::TestParamInfo<const Mechanism*>& tested) {
    std::string name(tested.param->name);
    std::ranges::replace(name, '-', '_');
    return name;
}

std::string speaker_name(const testing::TestParamInfo<Speaker>& tested) {
    const Speaker& speaker = tested.param;
    return server_name({speaker.mechanism, 0}) + "_in_" + std::string(name_of(speaker.framing)) + "_" +
           std::string(name_of(speaker.service));
}

void skip_if_known_to_fail(const Mechanism& mechanism) {
    const testing::TestInfo& running = *testing::UnitTest::GetInstance()->current_test_info();
    // "Servers/EveryServer" and "Answers/select" are the suite and the test, between the instantiation and the server.
    const std::string suite = std::string(running.test_suite_name()).substr(std::string_view("Servers/").size());
    const std::string name = std::string(running.name()).substr(0, std::string_view(running.name()).find('/'));
    for (const server::KnownFault& fault : mechanism.known_faults)
        if (fault.test == suite + "." + name) GTEST_SKIP() << mechanism.name << " is known to fail: " << fault.why;
}

protocol::Dialect amplifying() { return {Framing::line, Service::suffix, std::string(1024, 's')}; }

}  // namespace iomux::conformance
