#include "backend.hpp"

namespace iomux::asio {

const Backend& backend() {
    static constexpr Backend epoll{.program = "iomux-asio",
                                   .about =
                                       "Serves the protocol of iomux-raw with Boost.Asio, a proactor (completion "
                                       "model): the server starts\noperations, and the library completes them, here "
                                       "with edge-triggered epoll(7), its default on Linux.\n"
                                       "SERVER is one of:",
                                   .needs = "Boost 1.81"};
    return epoll;
}

}  // namespace iomux::asio
