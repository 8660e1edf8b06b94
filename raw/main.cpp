#include "mechanisms.hpp"
#include "server/serve.hpp"

int main(int argc, char** argv) {
    return iomux::server::serve({.name = "iomux-raw",
                                 .chooses = "MECHANISM",
                                 .about = "Serves one protocol by one I/O mechanism of Linux, written by hand on its "
                                          "system calls.\nMECHANISM is one of:",
                                 .mechanisms = iomux::raw::mechanisms()},
                                argc, argv);
}
