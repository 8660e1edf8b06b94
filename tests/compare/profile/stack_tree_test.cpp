#include "compare/profile/stack_tree.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace iomux::compare {
namespace {

using namespace std::chrono_literals;

constexpr double us_of_a_sample = 1e6 / samples_per_second;

const StackFrame main_function{.name = "main", .in = Frame::In::program};
const StackFrame wait_function{.name = "wait", .in = Frame::In::program};
const StackFrame poll_function{.name = "ep_poll", .in = Frame::In::kernel};

SessionProfile with_stacks(StackCounts stacks) {
    return {.messages = 1, .cpu = 1s, .samples = {}, .stacks = std::move(stacks)};
}

TEST(AStackTree, AddsUpTheStacksOfEachServer) {
    const std::vector<std::vector<SessionProfile>> sessions{
        {with_stacks({{{main_function}, 1}, {{main_function, wait_function}, 2}}),
         with_stacks({{{main_function, wait_function, poll_function}, 4}})}};
    const StackNode root = merge_stacks(sessions);
    EXPECT_EQ(count_nodes(root), 4u);
    EXPECT_NEAR(root.us[0], 3 * us_of_a_sample, 1e-6);
    EXPECT_NEAR(root.us[1], 4 * us_of_a_sample, 1e-6);
    ASSERT_EQ(root.calls.size(), 1u);
    const StackNode& main_node = root.calls[0];
    EXPECT_EQ(main_node.name, "main");
    EXPECT_NEAR(main_node.us[0], 3 * us_of_a_sample, 1e-6);
    ASSERT_EQ(main_node.calls.size(), 1u);
    EXPECT_NEAR(main_node.calls[0].us[0], 2 * us_of_a_sample, 1e-6);
    ASSERT_EQ(main_node.calls[0].calls.size(), 1u);
    const StackNode& only_in_the_second = main_node.calls[0].calls[0];
    EXPECT_EQ(only_in_the_second.in, Frame::In::kernel);
    EXPECT_EQ(only_in_the_second.us[0], 0);
    EXPECT_NEAR(only_in_the_second.us[1], 4 * us_of_a_sample, 1e-6);
}

TEST(AStackTree, HasTheMeanOverSessions) {
    const std::vector<std::vector<SessionProfile>> sessions{{with_stacks({{{main_function}, 1}})},
                                                            {with_stacks({{{wait_function}, 3}})}};
    const StackNode root = merge_stacks(sessions);
    EXPECT_NEAR(root.us[0], 2 * us_of_a_sample, 1e-6);
    ASSERT_EQ(root.calls.size(), 2u);
    EXPECT_NEAR(root.calls[0].us[0], us_of_a_sample / 2, 1e-6);
    EXPECT_NEAR(root.calls[1].us[0], us_of_a_sample * 3 / 2, 1e-6);
}

TEST(AnOutermostStack, HasFunctionsOfHeadersInALibrary) {
    const std::vector<Frame> stack{
        {.name = "boost::asio::detail::scheduler::run", .in = Frame::In::program, .file = "server"},
        {.name = "iomux::asio::Service::run", .in = Frame::In::program, .file = "server"}};
    const std::vector<StackFrame> frames = from_outermost(stack);
    ASSERT_EQ(frames.size(), 2u);
    EXPECT_EQ(frames[0].in, Frame::In::program);
    EXPECT_EQ(frames[1].in, Frame::In::library);
}

TEST(AStackTree, OfNoSessionsIsEmpty) { EXPECT_EQ(count_nodes(merge_stacks({})), 1u); }

TEST(AnOutermostStack, BeginsWithTheOutermostFunction) {
    const std::vector<Frame> stack{{.name = "ep_poll", .in = Frame::In::kernel, .file = "the kernel"},
                                   {.name = "", .in = Frame::In::nowhere},
                                   {.name = "", .in = Frame::In::nowhere},
                                   {.name = "main", .in = Frame::In::program, .file = "server"}};
    const StackFrame unknown{.name = "unknown code", .in = Frame::In::nowhere};
    EXPECT_EQ(from_outermost(stack), (std::vector<StackFrame>{main_function, unknown, poll_function}));
}

TEST(TheLines, AreThoseOfEachFunctionWithMostFirst) {
    const SourceLine read{"raw/epoll.cpp", 80}, write{"raw/epoll.cpp", 90};
    const std::vector<Frame> in_read{{.name = "ep_poll", .in = Frame::In::kernel},
                                     {.name = "wait", .in = Frame::In::program, .line = read},
                                     {.name = "main", .in = Frame::In::program}};
    std::vector<Frame> in_write = in_read;
    in_write[1].line = write;
    SessionProfile one{.messages = 1, .cpu = 1s, .samples = {}}, other = one;
    count_lines(in_read, one.lines);
    for (int i = 0; i < 3; ++i) count_lines(in_write, other.lines);
    const auto lines = merge_lines(std::vector<std::vector<SessionProfile>>{{one, other}, {one, other}});
    ASSERT_EQ(lines.size(), 1u) << "the others have no lines";
    const std::vector<LineCost>& of_wait = lines.at(wait_function);
    ASSERT_EQ(of_wait.size(), 2u);
    EXPECT_EQ(of_wait[0].line, write);
    EXPECT_EQ(of_wait[1].line, read);
    EXPECT_NEAR(of_wait[0].us[1], 3 * us_of_a_sample, 1e-6);
    EXPECT_EQ(of_wait[0].us[0], 0);
    EXPECT_NEAR(of_wait[1].us[0], us_of_a_sample, 1e-6);
}

TEST(TheLines, CountAFunctionThatCallsItselfOnce) {
    const Frame frame{.name = "wait", .in = Frame::In::program, .line = SourceLine{"raw/epoll.cpp", 80}};
    LineCounts lines;
    count_lines(std::vector<Frame>{frame, frame}, lines);
    EXPECT_EQ(lines.at(wait_function).at(*frame.line), 1u);
}

}  // namespace
}  // namespace iomux::compare
