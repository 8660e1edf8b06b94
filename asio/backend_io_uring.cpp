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
    server::KnownFault{"FaultInjection.LosesAtMostOneClientOrTheServerIfAnAllocationFails",
                       "if memory runs out in a handler, the library can leave its client's socket open"}};

}  // namespace

const Backend& backend() {
    static constexpr Backend io_uring{.program = "iomux-asio-io_uring",
                                      .about =
                                          "The servers of iomux-asio with Boost.Asio on io_uring(7): the kernel "
                                          "completes the operations.\n"
                                          "Experimental, because this part of Boost 1.81 is new. --list shows the "
                                          "tests that it is known to fail.\nSERVER is one of:",
                                      .needs = "Linux 5.10, liburing",
                                      .known_faults = known_faults,
                                      .unavailable = io_uring_unavailable};
    return io_uring;
}

}  // namespace iomux::asio
