#include "styles.hpp"

#include <array>
#include <stdexcept>

#include "backend.hpp"
#include "cli/nearest.hpp"
#include "server/loop_group.hpp"
#include "server/threaded_server.hpp"

namespace iomux::asio {

using server::Family;
using server::Mechanism;
using server::own_option;
using server::OwnOption;
using server::Server;
using server::Settings;
using server::Sockets;
using server::Threads;

namespace {

using Make = std::unique_ptr<Server> (*)(Sockets sockets, const Settings& settings, Context context);

template <Make make>
std::unique_ptr<Server> make_alone(Sockets sockets, const Settings& settings) {
    return make(std::move(sockets), settings, Context());
}

// One service per thread. If they share the context, each thread runs the handlers of all services.
template <Make make>
std::unique_ptr<Server> make_together(std::vector<Sockets> sockets, const Settings& settings) {
    const bool share = settings.own.get<ContextOptions>().contexts == Contexts::shared;
    const auto shared = share ? std::make_shared<net::io_context>() : nullptr;
    std::vector<std::unique_ptr<Server>> services;
    for (Sockets& own : sockets)
        services.push_back(make(std::move(own), settings, share ? Context(shared) : Context()));
    return std::make_unique<server::LoopGroup>(std::move(services), settings);
}

struct ContextsNames {
    Contexts parse(std::string_view text) const {
        if (text == "per-thread") return Contexts::per_thread;
        if (text == "shared") return Contexts::shared;
        throw std::invalid_argument(cli::not_one_of(text, std::array<std::string_view, 2>{"per-thread", "shared"}));
    }
    std::string text(Contexts contexts) const { return contexts == Contexts::shared ? "shared" : "per-thread"; }
};

std::span<const OwnOption> blocking_options() {
    static const std::array options{server::stack_size_option()};
    return options;
}

std::span<const OwnOption> context_options() {
    static const std::array options{
        own_option("contexts", &ContextOptions::contexts, ContextsNames(),
                   "per-thread: an io_context for each thread; shared: one for all threads, with strands"),
    };
    return options;
}

}  // namespace

std::span<const Mechanism> styles() {
    static const auto all = [] {
        std::array styles{
            Mechanism{.name = "blocking",
                      .family = Family::blocking,
                      .summary = "Boost.Asio, synchronous calls: one thread per connection",
                      .make = make_blocking,
                      .threads = Threads::of_the_clients,
                      .usual_max_connections = 4096,
                      .options = blocking_options()},
            Mechanism{.name = "readiness",
                      .family = Family::readiness,
                      .summary = "Boost.Asio as a reactor (readiness): async_wait for each socket, then system calls",
                      .make = make_alone<make_readiness>,
                      .options = context_options(),
                      .make_together = make_together<make_readiness>},
            Mechanism{.name = "callbacks",
                      .family = Family::completion,
                      .summary = "Boost.Asio, completion handlers: each operation is given the function to call next",
                      .make = make_alone<make_callbacks>,
                      .options = context_options(),
                      .make_together = make_together<make_callbacks>},
            Mechanism{.name = "coroutines",
                      .family = Family::completion,
                      .summary = "Boost.Asio, C++20 coroutines: the same operations, written like sequential code",
                      .make = make_alone<make_coroutines>,
                      .options = context_options(),
                      .make_together = make_together<make_coroutines>},
        };
        for (Mechanism& style : styles) {
            style.needs = backend().needs;
            // A blocking call waits for one socket and needs no set, so it has no ceiling.
            if (style.family != Family::blocking) style.descriptor_ceiling = backend().descriptor_ceiling;
            style.known_faults = backend().known_faults;
            style.unavailable = backend().unavailable;
        }
        return styles;
    }();
    return all;
}

}  // namespace iomux::asio
