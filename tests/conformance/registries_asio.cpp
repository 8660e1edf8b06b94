// Of the tests of Asio's servers, on one of its backends.
#include "styles.hpp"
#include "tested.hpp"

namespace iomux::conformance {

std::vector<std::span<const server::Mechanism>> registries() { return {asio::styles()}; }

}  // namespace iomux::conformance
