#include <array>
#include <string_view>

#include "mechanisms.hpp"
#include "server/serve.hpp"

int main(int argc, char** argv) {
    constexpr std::array<std::string_view, 3> asio_servers{"readiness", "callbacks", "coroutines"};
    return iomux::server::serve({.name = "iomux-raw",
                                 .about = "Serves one protocol with the I/O mechanism of your choice, written directly "
                                          "on Linux system calls.\nSERVER is one of:",
                                 .mechanisms = iomux::raw::mechanisms(),
                                 .other = {"iomux-asio", asio_servers}},
                                argc, argv);
}
