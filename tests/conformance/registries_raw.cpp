// The servers that are tested: those of iomux-raw, and io_uring in settings that make its hard cases common.
#include <array>
#include <utility>

#include "mechanism_options.hpp"
#include "mechanisms.hpp"
#include "tested.hpp"

namespace iomux::conformance {

using server::Mechanism;

namespace {

// Two buffers run out, and a completion queue of eight overflows. Both end multishot requests again and again.
std::unique_ptr<server::Server> make_scant_io_uring(server::Sockets sockets, const server::Settings& settings) {
    server::Settings scant = settings;
    raw::RingOptions& ring = scant.own.change<raw::RingOptions>();
    ring.entries = 2;
    ring.buffers = 2;
    return raw::make_io_uring(std::move(sockets), scant);
}

std::unique_ptr<server::Server> make_plain_io_uring(server::Sockets sockets, const server::Settings& settings) {
    server::Settings plain = settings;
    plain.own.change<raw::RingOptions>().plain = true;
    return raw::make_io_uring(std::move(sockets), plain);
}

}  // namespace

std::vector<std::span<const Mechanism>> registries() {
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
    return {raw::mechanisms(), variants};
}

}  // namespace iomux::conformance
