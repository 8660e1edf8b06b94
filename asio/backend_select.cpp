#include <sys/select.h>

#include "backend.hpp"

namespace iomux::asio {

const Backend& backend() {
    static constexpr Backend select{.program = "iomux-asio-select",
                                    .about =
                                        "The servers of iomux-asio with Boost.Asio on select(2) instead of epoll(7).\n"
                                        "Their source code is the same.\n"
                                        "SERVER is one of:",
                                    .needs = "descriptors below 1024",
                                    .descriptor_ceiling = FD_SETSIZE};
    return select;
}

}  // namespace iomux::asio
