// Lists servers that do not run on this machine as skipped tests, with the reason.
#include "tested.hpp"

namespace iomux::conformance {
namespace {

class UnavailableServer : public EveryServer {};
INSTANTIATE_TEST_SUITE_P(Servers, UnavailableServer, testing::ValuesIn(every_unavailable_server()), server_name);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(UnavailableServer);

TEST_P(UnavailableServer, IsSkipped) { GTEST_SKIP() << "does not run here: " << *GetParam()->unavailable(); }

}  // namespace
}  // namespace iomux::conformance
