#include <fmt/format.h>
#include <liburing.h>

#include <array>
#include <cstring>

#include "backend.hpp"

namespace iomux::asio {
namespace {

std::optional<std::string> io_uring_unavailable() {
    io_uring ring;
    if (const int error = ::io_uring_queue_init(1, &ring, 0); error < 0)
        return fmt::format("io_uring_setup: {}", std::strerror(-error));
    ::io_uring_queue_exit(&ring);
    return std::nullopt;
}

constexpr std::array known_faults{
    server::KnownFault{"FaultsInside.LoseOneClientOrTheServerWhereAnAllocationFails",
                       "a handler that throws, for want of memory, can leave its client's socket open"}};

}  // namespace

const Backend& backend() {
    static constexpr Backend io_uring{.program = "iomux-asio-io_uring",
                                      .about =
                                          "The servers of iomux-asio, with Boost.Asio on io_uring(7), where the "
                                          "kernel completes operations itself.\n"
                                          "Experimental: this part of Boost 1.81 is young. --list names the tests "
                                          "that it fails, if any.\nSTYLE is one of:",
                                      .needs = "Linux 5.10, liburing",
                                      .known_faults = known_faults,
                                      .unavailable = io_uring_unavailable};
    return io_uring;
}

}  // namespace iomux::asio
