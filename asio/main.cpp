#include "backend.hpp"
#include "server/serve.hpp"
#include "styles.hpp"

int main(int argc, char** argv) {
    const iomux::asio::Backend& backend = iomux::asio::backend();
    return iomux::server::serve(
        {.name = backend.program, .chooses = "STYLE", .about = backend.about, .mechanisms = iomux::asio::styles()},
        argc, argv);
}
