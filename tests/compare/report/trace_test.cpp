#include <gtest/gtest.h>
#include <linux/futex.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

#include <boost/json.hpp>

#include "compare/meters/system_call_names.hpp"
#include "compare/report/trace_report.hpp"

namespace iomux::compare {
namespace {

using namespace std::chrono_literals;

CallEntry entry(std::uint64_t first = 0, std::uint64_t second = 0, std::uint64_t third = 0) {
    return {.number = 0, .arguments = {first, second, third}};
}

TEST(SystemCallNames, AreThoseOfTheKernel) {
    EXPECT_EQ(system_call_name(SYS_epoll_pwait), "epoll_pwait");
    EXPECT_EQ(system_call_name(SYS_io_uring_enter), "io_uring_enter");
    EXPECT_EQ(system_call_name(99999), "call 99999");
}

TEST(StageOfACall, IsThatOfTheServersCode) {
    for (const auto& [name, stage] : {std::pair{"listen", Stage::listen},
                                      {"epoll_wait", Stage::wait},
                                      {"pselect6", Stage::wait},
                                      {"io_uring_enter", Stage::wait},
                                      {"accept4", Stage::accept},
                                      {"recvfrom", Stage::read},
                                      {"sendto", Stage::write},
                                      {"epoll_ctl", Stage::watch},
                                      {"close", Stage::close},
                                      {"mmap", Stage::other}})
        EXPECT_EQ(stage_of(name, entry(), "socket"), stage) << name;
}

TEST(StageOfACall, IsOtherOnADescriptorThatIsNoSocket) {
    EXPECT_EQ(stage_of("read", entry(), "eventfd"), Stage::other);
    EXPECT_EQ(stage_of("close", entry(), "file"), Stage::other);
    EXPECT_EQ(stage_of("read", entry(), "socket"), Stage::read);
}

TEST(StageOfAFutex, IsWaitOnlyIfItWaits) {
    EXPECT_EQ(stage_of("futex", entry(0, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG), ""), Stage::wait);
    EXPECT_EQ(stage_of("futex", entry(0, FUTEX_WAKE | FUTEX_PRIVATE_FLAG), ""), Stage::other);
}

TEST(DetailOfACall, HasItsDescriptorAndTheRequestedSize) {
    EXPECT_EQ(detail_of("recvfrom", entry(7, 0, 4096), "socket"), "fd 7 (socket), 4096 bytes");
    EXPECT_EQ(detail_of("epoll_ctl", entry(5, EPOLL_CTL_ADD, 7), "eventpoll"), "fd 5 (eventpoll), add fd 7");
    EXPECT_EQ(detail_of("pselect6", entry(8), ""), "descriptors below 8");
    EXPECT_EQ(detail_of("io_uring_enter", entry(4, 1, 1), ""), "submits 1, waits for 1");
    EXPECT_EQ(detail_of("ppoll", entry(0, 3), ""), "descriptors: 3");
    EXPECT_EQ(detail_of("getpid", entry(), ""), "");
}

TEST(ACall, HasFoundSomethingUnlessItReturnedNothing) {
    const auto found = [](const char* name, Stage stage, long result, int error) {
        return TracedCall{
            .name = name, .stage = stage, .detail = "", .entered = {}, .returned = {}, .result = result, .error = error}
            .found_something();
    };
    EXPECT_TRUE(found("epoll_wait", Stage::wait, 1, 0));
    EXPECT_FALSE(found("ppoll", Stage::wait, 0, 0));
    EXPECT_TRUE(found("recvfrom", Stage::read, 0, 0));
    EXPECT_FALSE(found("recvfrom", Stage::read, -1, EAGAIN));
    EXPECT_TRUE(found("io_uring_enter", Stage::wait, 0, 0));
}

// A wait that began before the message arrived, and a receive that found nothing.
Trace trace_of_two_calls() {
    const posix::Clock::time_point sent(1s);
    const TracedCall wait{.name = "epoll_wait",
                          .stage = Stage::wait,
                          .detail = "fd 5 (eventpoll), 256 events at most",
                          .entered = sent - 100us,
                          .returned = sent + 50us,
                          .result = 1,
                          .sleeps = 2};
    const TracedCall receive{.name = "recvfrom",
                             .stage = Stage::read,
                             .detail = "fd 7 (socket), 64 bytes",
                             .entered = sent + 60us,
                             .returned = sent + 65us,
                             .result = -1,
                             .error = EAGAIN,
                             .thread = 1};
    return {
        .server = {.name = "epoll", .path = {}, .program = "raw"},
        .steps = {{.step = ClientStep::message, .began = sent, .answered = sent + 200us, .calls = {wait, receive}}}};
}

TEST(JsonOfATrace, HasEachCallWithItsTimesSinceTheMessageWasSent) {
    const auto json = json_of(std::vector{trace_of_two_calls()}, 64);
    EXPECT_EQ(json.at("format"), "iomux-trace");
    EXPECT_EQ(json.at("size").to_number<int>(), 64);
    const auto& server = json.at("servers").at(0);
    EXPECT_EQ(server.at("name"), "epoll");
    EXPECT_EQ(server.at("answered_us"), 200.0);
    EXPECT_TRUE(server.at("unavailable").is_null());
    const boost::json::value expected{{"step", "message"},          {"stage", "wait"},
                                      {"call", "epoll_wait"},       {"at_us", -100.0},
                                      {"took_us", 150.0},           {"result", 1},
                                      {"error", nullptr},           {"thread", std::size_t{0}},
                                      {"sleeps", std::uint64_t{2}}, {"detail", "fd 5 (eventpoll), 256 events at most"}};
    EXPECT_EQ(server.at("calls").at(0), expected);
    EXPECT_EQ(server.at("calls").at(1).at("error"), "EAGAIN");
    EXPECT_TRUE(server.at("calls").at(1).at("sleeps").is_null());
}

TEST(JsonOfATrace, HasTheReasonIfThereIsNoTrace) {
    const Trace none{.server = {.name = "epoll", .path = {}}, .steps = {}, .unavailable = "ptrace is forbidden"};
    const auto json = json_of(std::vector{none}, 64);
    EXPECT_EQ(json.at("servers").at(0).at("unavailable"), "ptrace is forbidden");
    EXPECT_TRUE(json.at("servers").at(0).at("calls").as_array().empty());
    EXPECT_NE(text_of(std::vector{none}, 64).find("epoll: not traced: ptrace is forbidden\n"), std::string::npos);
}

TEST(TextOfATrace, IsALineForEachCall) {
    EXPECT_EQ(
        text_of(std::vector{trace_of_two_calls()}, 64),
        "server  step      at µs  took µs  thread  stage  call        result  detail\n"
        "epoll   message  -100.0    150.0       0  wait   epoll_wait       1  fd 5 (eventpoll), 256 events at most\n"
        "epoll   message    60.0      5.0       1  read   recvfrom    EAGAIN  fd 7 (socket), 64 bytes\n"
        "One message of 64 bytes, traced: times are longer than without tracing, because the server is stopped at "
        "each call.\n");
}

TEST(TextOfATrace, ExplainsTheStageOther) {
    Trace trace = trace_of_two_calls();
    trace.steps[0].calls[1].stage = Stage::other;
    EXPECT_NE(text_of(std::vector{trace}, 64)
                  .find("\nStage other: the call is part of no stage. Examples are calls for memory and threads.\n"),
              std::string::npos);
}

}  // namespace
}  // namespace iomux::compare
