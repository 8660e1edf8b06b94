#pragma once

#include <memory>
#include <span>

#include "server/registry.hpp"

namespace iomux::raw {

std::unique_ptr<server::Server> make_minimal(server::Sockets sockets, const server::Settings& settings);
std::unique_ptr<server::Server> make_select(server::Sockets sockets, const server::Settings& settings);
std::unique_ptr<server::Server> make_poll(server::Sockets sockets, const server::Settings& settings);
std::unique_ptr<server::Server> make_epoll(server::Sockets sockets, const server::Settings& settings);
std::unique_ptr<server::Server> make_epoll_edge(server::Sockets sockets, const server::Settings& settings);

/// Every hand-written server, in the order in which to read them.
std::span<const server::Mechanism> mechanisms();

}  // namespace iomux::raw
