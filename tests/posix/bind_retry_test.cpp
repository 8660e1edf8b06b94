#include "posix/bind_retry.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "posix/error.hpp"

namespace iomux::posix {
namespace {

using namespace std::chrono_literals;

// Fails as often as it is told to, and counts its calls.
struct Address {
    int failures;
    int error = EADDRINUSE;
    int calls = 0;

    int open() {
        if (calls++ < failures) throw_errno("cannot listen", error);
        return 7;
    }
};

class ABindRetry : public testing::Test {
protected:
    int open(Address& address, std::chrono::nanoseconds time) {
        return BindRetry(time, [this](std::chrono::nanoseconds pause) { pauses_.push_back(pause); }).until_free([&] {
            return address.open();
        });
    }

    std::vector<std::chrono::nanoseconds> pauses_;
};

TEST_F(ABindRetry, DoesNotSleepIfTheAddressIsFree) {
    Address address{.failures = 0};
    EXPECT_EQ(open(address, 1h), 7);
    EXPECT_TRUE(pauses_.empty());
}

TEST_F(ABindRetry, SleepsBetweenItsTriesUntilTheAddressIsFree) {
    Address address{.failures = 3};
    EXPECT_EQ(open(address, 1h), 7);
    EXPECT_EQ(pauses_, std::vector(3, BindRetry::longest_pause));
}

TEST_F(ABindRetry, OfNoTimeTriesOnce) {
    Address address{.failures = 1};
    EXPECT_THROW(open(address, 0s), std::system_error);
    EXPECT_EQ(address.calls, 1);
    EXPECT_TRUE(pauses_.empty());
}

TEST_F(ABindRetry, EndsWithItsTime) {
    Address address{.failures = 1'000'000'000};
    EXPECT_THROW(open(address, 1ms), std::system_error);
    ASSERT_GT(address.calls, 1);
    for (const auto pause : pauses_) EXPECT_LE(pause, 1ms);
}

TEST_F(ABindRetry, DoesNotTryAgainAfterAnotherError) {
    Address address{.failures = 1, .error = EACCES};
    EXPECT_THROW(open(address, 1h), std::system_error);
    EXPECT_EQ(address.calls, 1);
}

}  // namespace
}  // namespace iomux::posix
