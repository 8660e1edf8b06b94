#include "compare/profile/call_chain.hpp"

#include <gtest/gtest.h>

#include <map>
#include <span>
#include <vector>

namespace iomux::compare {
namespace {

using Base = FrameRule::Base;
using Chain = std::vector<std::uint64_t>;

constexpr std::uint64_t stack_pointer = 0x1000;
constexpr std::uint64_t frame_pointer = 0x1400;
constexpr std::int64_t word_size = 8;

// A function that has pushed nothing, as a wrapper of a system call.
constexpr FrameRule nothing_pushed{.base = Base::stack_pointer, .end = word_size, .return_address = -word_size};
// A function that keeps a frame pointer.
constexpr FrameRule with_frame_pointer{
    .base = Base::frame_pointer, .end = 2 * word_size, .return_address = -word_size, .frame_pointer = -2 * word_size};
// A function that has saved the frame pointer's register, and uses it for something else.
constexpr FrameRule register_saved{
    .base = Base::stack_pointer, .end = 2 * word_size, .return_address = -word_size, .frame_pointer = -2 * word_size};

StackSample sample_of(Chain found, const std::vector<std::uint64_t>& stack) {
    StackSample sample{.time = {}, .user = std::move(found)};
    sample.registers = {.stack_pointer = stack_pointer, .frame_pointer = frame_pointer};
    const auto bytes = std::as_bytes(std::span(stack));
    sample.stack.assign(bytes.begin(), bytes.end());
    return sample;
}

// By the address of the innermost function, and by those of calls.
FrameRules rules(const std::map<std::uint64_t, FrameRule>& all) {
    return [all](std::uint64_t address) {
        const auto found = all.find(address);
        return found == all.end() ? std::nullopt : std::optional(found->second);
    };
}

TEST(AChain, HasTheCallerOfAFunctionWithoutAFramePointer) {
    const StackSample sample = sample_of({100, 301, 401}, {201, 7, 7});
    EXPECT_EQ(complete_chain(sample, rules({{100, nothing_pushed}, {200, with_frame_pointer}})),
              (Chain{100, 201, 301, 401}));
}

TEST(AChain, HasTheCallersOfSeveralFunctionsWithoutAFramePointer) {
    const StackSample sample = sample_of({100, 401}, {201, 301, 7});
    EXPECT_EQ(complete_chain(sample, rules({{100, nothing_pushed}, {200, nothing_pushed}, {300, with_frame_pointer}})),
              (Chain{100, 201, 301, 401}));
}

TEST(AChain, HasAllCallersIfTheRegisterOfTheFramePointerHasSomethingElse) {
    const std::uint64_t saved = stack_pointer + 3 * word_size;
    const StackSample sample = sample_of({100, 0xbad}, {saved, 201, 7, 0, 301});
    EXPECT_EQ(complete_chain(sample, rules({{100, register_saved}, {200, with_frame_pointer}})), (Chain{100, 201, 301}))
        << "what the kernel has found there is no frame";
}

TEST(AChain, GoesOnAsTheKernelFoundIfTheSavedFramePointerIsStillInItsRegister) {
    const StackSample sample = sample_of({100, 301}, {frame_pointer, 201});
    EXPECT_EQ(complete_chain(sample, rules({{100, register_saved}, {200, with_frame_pointer}})),
              (Chain{100, 201, 301}));
}

TEST(AChain, GoesOnAsTheKernelFoundBehindAFrameThatBothHave) {
    const StackSample sample = sample_of({100, 201, 301}, {0x1500, 201});
    EXPECT_EQ(complete_chain(sample, rules({{100, register_saved}})), (Chain{100, 201, 301}))
        << "the frame pointer is kept, but the rule is about the stack pointer";
}

TEST(AChain, IsThatOfTheKernelIfTheInnermostFunctionKeepsAFramePointer) {
    const StackSample sample = sample_of({100, 201}, {7, 7});
    EXPECT_EQ(complete_chain(sample, rules({{100, with_frame_pointer}})), (Chain{100, 201}));
}

TEST(AChain, IsThatOfTheKernelWithoutARuleOrAPieceOfTheStack) {
    EXPECT_EQ(complete_chain(sample_of({100, 301}, {201}), rules({})), (Chain{100, 301}));
    EXPECT_EQ(complete_chain(sample_of({100, 301}, {}), rules({{100, nothing_pushed}})), (Chain{100, 301}));
    EXPECT_EQ(complete_chain(sample_of({}, {201}), rules({{100, nothing_pushed}})), Chain());
}

TEST(AChain, HasNoFrameFromBeyondThePieceOfTheStack) {
    const FrameRule large{.base = Base::stack_pointer, .end = 4 * word_size, .return_address = -word_size};
    EXPECT_EQ(complete_chain(sample_of({100, 301}, {201, 7, 7}), rules({{100, large}})), (Chain{100, 301}));
    const StackSample at_the_end = sample_of({100, 0xbad}, {0x2000, 201});
    EXPECT_EQ(complete_chain(at_the_end, rules({{100, register_saved}, {200, with_frame_pointer}})), (Chain{100, 201}));
}

TEST(AChain, HasTheReturnAddressThatIsInARegister) {
    StackSample sample = sample_of({100, 301}, {7});
    sample.registers.link = 201;
    EXPECT_EQ(complete_chain(sample, rules({{100, FrameRule()}, {200, FrameRule()}})), (Chain{100, 201, 301}))
        << "only that of the innermost function";
}

}  // namespace
}  // namespace iomux::compare
