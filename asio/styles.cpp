#include "styles.hpp"

#include <array>

namespace iomux::asio {

using server::Family;
using server::Mechanism;

std::span<const Mechanism> styles() {
    static const std::array all{
        Mechanism{.name = "readiness",
                  .family = Family::readiness,
                  .summary = "Boost.Asio as a reactor: async_wait for each socket, then calls of our own",
                  .needs = "Boost 1.81 (on epoll)",
                  .make = make_readiness},
        Mechanism{.name = "callbacks",
                  .family = Family::completion,
                  .summary = "Boost.Asio, completion handlers: each operation with what follows it",
                  .needs = "Boost 1.81 (on epoll)",
                  .make = make_callbacks},
        Mechanism{.name = "coroutines",
                  .family = Family::completion,
                  .summary = "Boost.Asio, C++20 coroutines: the same operations, read from top to bottom",
                  .needs = "Boost 1.81 (on epoll)",
                  .make = make_coroutines},
    };
    return all;
}

}  // namespace iomux::asio
