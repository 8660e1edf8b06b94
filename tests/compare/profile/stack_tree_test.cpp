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

// `recv` in a function that the compiler has put into `main`, and `send` in a function of its own, which calls itself.
const SourceLine at_run{"raw/main.cpp", 5}, at_read{"raw/epoll.cpp", 70}, at_recv{"raw/epoll.cpp", 80},
    at_write{"raw/epoll.cpp", 72}, at_send{"raw/epoll.cpp", 90};
const std::vector<Frame> in_recv{
    {.name = "__x64_sys_recvfrom", .in = Frame::In::kernel},
    {.name = "recv", .in = Frame::In::library},
    {.name = "main", .in = Frame::In::program, .line = at_recv, .inlined_at = {at_read, at_run}}};
const std::vector<Frame> in_send{{.name = "send", .in = Frame::In::library},
                                 {.name = "write", .in = Frame::In::program, .line = at_send, .inlined_at = {at_write}},
                                 {.name = "write", .in = Frame::In::program, .line = at_send, .inlined_at = {at_write}},
                                 {.name = "main", .in = Frame::In::program, .line = at_write, .inlined_at = {at_run}}};

TEST(ALineOfTheSources, HasAllThatItCallsOnce) {
    SourceLineCounts lines;
    count_source_lines(in_recv, lines);
    count_source_lines(in_send, lines);
    EXPECT_EQ(lines, (SourceLineCounts{{at_run, 2}, {at_read, 1}, {at_recv, 1}, {at_write, 1}, {at_send, 1}}));
}

TEST(ALineOfTheSources, HasTheMeanOverSessionsAndNoMoreThanTheServer) {
    const auto session = [](int receives, int sends) {
        SessionProfile profile{.messages = 1, .cpu = 1s, .samples = {}};
        for (int i = 0; i < receives + sends; ++i) {
            const std::vector<Frame>& stack = i < receives ? in_recv : in_send;
            ++profile.stacks[from_outermost(stack)];
            count_source_lines(stack, profile.source_lines);
        }
        return profile;
    };
    const std::vector<std::vector<SessionProfile>> sessions{{session(1, 2), session(0, 1)},
                                                            {session(3, 0), session(4, 1)}};
    const StackNode root = merge_stacks(sessions);
    for (std::size_t server = 0; server < 2; ++server) {
        const std::map<SourceLine, double> lines = merge_source_lines(sessions, server);
        EXPECT_NEAR(lines.at(at_run), root.us[server], 1e-6) << "the outermost line";
        EXPECT_NEAR(lines.at(at_recv) + lines.at(at_send), root.us[server], 1e-6) << "the innermost lines";
    }
    EXPECT_NEAR(merge_source_lines(sessions, 0).at(at_recv), 2 * us_of_a_sample, 1e-6);
    EXPECT_NEAR(merge_source_lines(sessions, 0).at(at_send), us_of_a_sample, 1e-6);
}

}  // namespace
}  // namespace iomux::compare
