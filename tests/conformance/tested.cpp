#include "tested.hpp"

#include <algorithm>

#include "mechanisms.hpp"
#include "styles.hpp"

namespace iomux::conformance {

using protocol::Framing;
using protocol::Service;
using server::Mechanism;

std::vector<const Mechanism*> every_server() {
    std::vector<const Mechanism*> all;
    for (const auto registry : {raw::mechanisms(), asio::styles()})
        for (const Mechanism& mechanism : registry)
            if (!mechanism.unavailable()) all.push_back(&mechanism);
    return all;
}

std::vector<const Mechanism*> every_guarded_server() {
    std::vector<const Mechanism*> all = every_server();
    std::erase_if(all, [](const Mechanism* mechanism) { return mechanism->promise != server::Promise::everything; });
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

protocol::Dialect amplifying() { return {Framing::line, Service::suffix, std::string(1024, 's')}; }

}  // namespace iomux::conformance
