#pragma once

#include <memory>
#include <span>

#include "server/registry.hpp"

namespace iomux::raw {

std::unique_ptr<server::Server> make_minimal(posix::UniqueFd listener, const server::Settings& settings);
std::unique_ptr<server::Server> make_select(posix::UniqueFd listener, const server::Settings& settings);
std::unique_ptr<server::Server> make_poll(posix::UniqueFd listener, const server::Settings& settings);
std::unique_ptr<server::Server> make_epoll(posix::UniqueFd listener, const server::Settings& settings);
std::unique_ptr<server::Server> make_epoll_edge(posix::UniqueFd listener, const server::Settings& settings);

/// Every hand-written server, in the order in which to read them.
std::span<const server::Mechanism> mechanisms();

}  // namespace iomux::raw
