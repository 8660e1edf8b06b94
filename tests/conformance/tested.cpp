#include "tested.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "mechanisms.hpp"
#include "styles.hpp"

namespace iomux::conformance {

using protocol::Framing;
using protocol::Service;
using server::Mechanism;

namespace {

// Two buffers and a completion queue of eight run out and over, which ends multishot requests, over and over.
std::unique_ptr<server::Server> make_scant_io_uring(server::Sockets sockets, const server::Settings& settings) {
    server::Settings scant = settings;
    scant.ring.entries = 2;
    scant.ring.buffers = 2;
    return raw::make_io_uring(std::move(sockets), scant);
}

std::unique_ptr<server::Server> make_plain_io_uring(server::Sockets sockets, const server::Settings& settings) {
    server::Settings plain = settings;
    plain.ring.plain = true;
    return raw::make_io_uring(std::move(sockets), plain);
}

std::vector<const Mechanism*> every_mechanism() {
    static const std::array variants{
        Mechanism{.name = "io_uring-scant",
                  .family = server::Family::completion,
                  .make = make_scant_io_uring,
                  .unavailable = raw::io_uring_unavailable},
        Mechanism{.name = "io_uring-plain",
                  .family = server::Family::completion,
                  .make = make_plain_io_uring,
                  .unavailable = raw::io_uring_unavailable},
    };
    std::vector<const Mechanism*> all;
    for (const std::span<const Mechanism> registry :
         {raw::mechanisms(), std::span<const Mechanism>(variants), asio::styles()})
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
