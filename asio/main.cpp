#include "server/serve.hpp"
#include "styles.hpp"

int main(int argc, char** argv) {
    return iomux::server::serve({.name = "iomux-asio",
                                 .chooses = "STYLE",
                                 .about = "Serves the protocol of iomux-raw by Boost.Asio, a proactor: operations are "
                                          "started, and completed by the library.\nSTYLE is one of:",
                                 .mechanisms = iomux::asio::styles()},
                                argc, argv);
}
