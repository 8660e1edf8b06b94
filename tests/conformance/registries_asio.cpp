// Of the tests that are built with another backend of Asio: the styles alone.
#include "styles.hpp"
#include "tested.hpp"

namespace iomux::conformance {

std::vector<std::span<const server::Mechanism>> registries() { return {asio::styles()}; }

}  // namespace iomux::conformance
