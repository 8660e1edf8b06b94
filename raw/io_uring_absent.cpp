// Replaces io_uring.cpp if liburing is not installed.
#include "mechanisms.hpp"

namespace iomux::raw {

std::unique_ptr<server::Server> make_io_uring(server::Sockets, const server::Settings&) { return nullptr; }

std::optional<std::string> io_uring_unavailable() { return "it was built without liburing"; }

}  // namespace iomux::raw
