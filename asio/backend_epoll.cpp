#include "backend.hpp"

namespace iomux::asio {

const Backend& backend() {
    static constexpr Backend epoll{.program = "iomux-asio",
                                   .about =
                                       "Serves the protocol of iomux-raw by Boost.Asio, a proactor: operations "
                                       "are started, and completed by the library.\n"
                                       "Here it emulates them over edge-triggered epoll(7), as it does on Linux "
                                       "unless told otherwise.\nSTYLE is one of:",
                                   .needs = "Boost 1.81"};
    return epoll;
}

}  // namespace iomux::asio
