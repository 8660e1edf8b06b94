#pragma once

#include <memory>
#include <span>

#include "context.hpp"
#include "server/registry.hpp"

namespace iomux::asio {

std::unique_ptr<server::Server> make_blocking(server::Sockets sockets, const server::Settings& settings);
std::unique_ptr<server::Server> make_readiness(server::Sockets sockets, const server::Settings& settings,
                                               Context context);
std::unique_ptr<server::Server> make_callbacks(server::Sockets sockets, const server::Settings& settings,
                                               Context context);
std::unique_ptr<server::Server> make_coroutines(server::Sockets sockets, const server::Settings& settings,
                                                Context context);

/// Every server on Boost.Asio, in the order in which to read them.
std::span<const server::Mechanism> styles();

}  // namespace iomux::asio
