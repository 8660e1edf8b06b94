#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "server/registry.hpp"

namespace iomux::raw {

std::unique_ptr<server::Server> make_minimal(server::Sockets sockets, const server::Settings& settings);
std::unique_ptr<server::Server> make_blocking(server::Sockets sockets, const server::Settings& settings);
std::unique_ptr<server::Server> make_pool(server::Sockets sockets, const server::Settings& settings);
std::unique_ptr<server::Server> make_nonblocking(server::Sockets sockets, const server::Settings& settings);
std::unique_ptr<server::Server> make_select(server::Sockets sockets, const server::Settings& settings);
std::unique_ptr<server::Server> make_poll(server::Sockets sockets, const server::Settings& settings);
std::unique_ptr<server::Server> make_epoll(server::Sockets sockets, const server::Settings& settings);
std::unique_ptr<server::Server> make_epoll_edge(server::Sockets sockets, const server::Settings& settings);
std::unique_ptr<server::Server> make_epoll_oneshot(server::Sockets sockets, const server::Settings& settings);
std::unique_ptr<server::Server> make_epoll_exclusive(server::Sockets sockets, const server::Settings& settings);
std::unique_ptr<server::Server> make_io_uring(server::Sockets sockets, const server::Settings& settings);
/// Returns why io_uring does not run on this machine, or nothing if it does.
std::optional<std::string> io_uring_unavailable();

/// Every hand-written server, in the order in which to read them.
std::span<const server::Mechanism> mechanisms();

}  // namespace iomux::raw
