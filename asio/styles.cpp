#include "styles.hpp"

#include <array>

#include "backend.hpp"

namespace iomux::asio {

using server::Family;
using server::Mechanism;

std::span<const Mechanism> styles() {
    static const auto all = [] {
        std::array styles{
            Mechanism{.name = "readiness",
                      .family = Family::readiness,
                      .summary = "Boost.Asio as a reactor: async_wait for each socket, then calls of our own",
                      .make = make_readiness},
            Mechanism{.name = "callbacks",
                      .family = Family::completion,
                      .summary = "Boost.Asio, completion handlers: each operation with what follows it",
                      .make = make_callbacks},
            Mechanism{.name = "coroutines",
                      .family = Family::completion,
                      .summary = "Boost.Asio, C++20 coroutines: the same operations, read from top to bottom",
                      .make = make_coroutines},
        };
        for (Mechanism& style : styles) {
            style.needs = backend().needs;
            style.descriptor_ceiling = backend().descriptor_ceiling;
            style.known_faults = backend().known_faults;
            style.unavailable = backend().unavailable;
        }
        return styles;
    }();
    return all;
}

}  // namespace iomux::asio
