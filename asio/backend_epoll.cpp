#include "backend.hpp"

namespace iomux::asio {

const Backend& backend() {
    static constexpr Backend epoll{.program = "iomux-asio",
                                   .about =
                                       "Serves the protocol of iomux-raw with Boost.Asio, a proactor library: the "
                                       "server starts operations, the library completes them.\n"
                                       "This program uses the library's default on Linux, edge-triggered "
                                       "epoll(7).\nSTYLE is one of:",
                                   .needs = "Boost 1.81"};
    return epoll;
}

}  // namespace iomux::asio
