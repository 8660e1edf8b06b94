#include "cli/attempts.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <system_error>

#include "cli/wait.hpp"

namespace iomux::cli {
namespace {

template <class Failure>
std::string failure_of(const Attempts& attempts) {
    try {
        attempts.finish();
    } catch (const Failure& failure) {
        return failure.what();
    }
    return "none";
}

template <class Failure>
auto failing(const char* text) {
    return [text] { throw Failure(text); };
}

TEST(Attempts, AreAllMade) {
    int made = 0;
    Attempts attempts;
    attempts.attempt(failing<std::runtime_error>("one"));
    attempts.attempt([&] { ++made; });
    attempts.attempt(failing<std::logic_error>("two"));
    attempts.attempt([&] { ++made; });
    EXPECT_EQ(made, 2);
    EXPECT_EQ(failure_of<std::runtime_error>(attempts), "one; two");
}

TEST(Attempts, AreNoErrorWithoutAFailure) {
    Attempts attempts;
    attempts.attempt([] {});
    EXPECT_EQ(failure_of<std::exception>(attempts), "none");
}

TEST(Attempts, OfWhichOneFailsThrowWhatItHasThrown) {
    Attempts attempts;
    attempts.attempt([] { throw std::system_error(ENOENT, std::system_category(), "one"); });
    EXPECT_EQ(failure_of<std::system_error>(attempts), "one: No such file or directory");
}

TEST(Attempts, OfWhichASignalEndsOneAreInterrupted) {
    Attempts attempts;
    attempts.attempt(failing<std::runtime_error>("one"));
    attempts.attempt(failing<WaitInterrupted>("two"));
    EXPECT_EQ(failure_of<WaitInterrupted>(attempts), "one; two");
}

}  // namespace
}  // namespace iomux::cli
