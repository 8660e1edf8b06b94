#include "mechanisms.hpp"
#include "server/serve.hpp"

int main(int argc, char** argv) {
    return iomux::server::serve({.name = "iomux-raw",
                                 .chooses = "MECHANISM",
                                 .about = "Serves one protocol with the I/O mechanism of your choice, written directly "
                                          "on Linux system calls.\nMECHANISM is one of:",
                                 .mechanisms = iomux::raw::mechanisms()},
                                argc, argv);
}
