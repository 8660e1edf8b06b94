#include <array>
#include <string_view>

#include "backend.hpp"
#include "server/serve.hpp"
#include "styles.hpp"

int main(int argc, char** argv) {
    constexpr std::array<std::string_view, 10> raw_servers{
        "minimal", "pool",     "nonblocking",   "select",          "poll",
        "epoll",   "epoll-et", "epoll-oneshot", "epoll-exclusive", "io_uring"};
    const iomux::asio::Backend& backend = iomux::asio::backend();
    return iomux::server::serve({.name = backend.program,
                                 .about = backend.about,
                                 .mechanisms = iomux::asio::styles(),
                                 .other = {"iomux-raw", raw_servers}},
                                argc, argv);
}
