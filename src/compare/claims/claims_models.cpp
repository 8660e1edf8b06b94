#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "compare/claims/claim_words.hpp"
#include "compare/claims/claims.hpp"

namespace iomux::compare {

Claim blocking_suspends(const EmptyWait& wait) {
    Claim claim{
        .id = "blocking-suspends",
        .statement = "Synchronous, blocking I/O: if there are no data, the thread is suspended until data arrive.",
        .experiment = "recv(2) with a timeout (SO_RCVTIMEO) on a socket that receives nothing.",
        .figures = {counted("sleeps of the thread", wait.sleeps),
                    percent("CPU time during the wait", wait.cpu_share())}};
    constexpr double almost_nothing = 0.1;
    if (wait.sleeps > 0 && wait.cpu_share() < almost_nothing)
        decide(claim, ClaimVerdict::holds,
               fmt::format("The thread sleeps in the call and uses less than {:.0f} % of the CPU time.",
                           almost_nothing * 100));
    else
        decide(claim, ClaimVerdict::does_not_hold,
               fmt::format("The thread did not sleep, or it used at least {:.0f} % of the CPU time.",
                           almost_nothing * 100));
    return claim;
}

Claim nonblocking_returns(const EmptyWait& wait) {
    Claim claim{.id = "nonblocking-returns",
                .statement =
                    "Synchronous, non-blocking I/O: if there are no data, the call returns an error immediately. The "
                    "thread can do something else before it calls again.",
                .experiment = "recv(2) with MSG_DONTWAIT, repeatedly, on a socket that receives nothing.",
                .figures = {counted("calls", wait.calls), counted("sleeps of the thread", wait.sleeps),
                            percent("CPU time during the calls", wait.cpu_share())}};
    const bool refused = wait.answer == std::errc::operation_would_block;
    if (!refused || wait.sleeps >= wait.calls)
        decide(claim, ClaimVerdict::does_not_hold,
               fmt::format("The call returned {}, or the thread slept in every call.", symbol(wait.answer)));
    else
        decide(
            claim, ClaimVerdict::holds,
            fmt::format("Each call returns {} and does not sleep. A thread without other work spends its time on these "
                        "calls.",
                        symbol(wait.answer)));
    return claim;
}

Claim multiplexing_blocks_twice(const ExchangeSleeps& sleeps) {
    Claim claim{
        .id = "multiplexing-blocks-twice",
        .statement = "Multiplexing still blocks twice: in select, and while the data are copied.",
        .experiment =
            "A peer answers messages. For each answer, poll(2) and then recv(2) are called on a blocking socket. "
            "The sleeps in each are counted (voluntary context switches of getrusage(2)).",
        .figures = {counted("messages", sleeps.messages), counted("sleeps in poll", sleeps.in_poll),
                    counted("sleeps in recv", sleeps.in_receive)}};
    if (sleeps.in_poll == 0)
        claim.why = "The answers arrived before the thread could sleep.";
    else if (sleeps.in_receive == 0)
        decide(claim, ClaimVerdict::does_not_hold,
               "Only poll sleeps. When the socket is ready, recv copies the available data, which uses the CPU, and "
               "returns.");
    else if (sleeps.in_receive < sleeps.in_poll)
        decide(claim, ClaimVerdict::holds_only_when,
               fmt::format("poll reported readiness without data: recv slept in {} of {} calls", sleeps.in_receive,
                           sleeps.messages));
    else
        decide(claim, ClaimVerdict::holds,
               fmt::format("recv slept in {} of {} calls, poll in {}.", sleeps.in_receive, sleeps.messages,
                           sleeps.in_poll));
    return claim;
}

Claim two_calls_per_message(const std::vector<CallsPerMessage>& calls) {
    Claim claim{.id = "two-calls-a-message",
                .statement = "Multiplexing needs two system calls, select and recv, instead of one.",
                .experiment =
                    "A process loops over pselect(2) and recv(2), for one client and for more and more clients that "
                    "send at the same time. Its system calls are counted with ptrace(2)."};
    for (const CallsPerMessage& of : calls) {
        const std::string clients = of.clients == 1 ? "one client" : fmt::format("{} at once", of.clients);
        claim.figures.push_back({"waits per message, " + clients, of.waits, ""});
        claim.figures.push_back({"receives per message, " + clients, of.receives, ""});
    }
    const auto in_all = [](const CallsPerMessage& of) { return of.waits + of.receives; };
    // Two, except for a few calls at the beginning and at the end.
    const auto turn = std::ranges::find_if(calls, [&](const CallsPerMessage& of) { return in_all(of) < 1.9; });
    if (calls.empty())
        claim.why = "The system calls were not counted.";
    else if (turn == calls.end())
        decide(claim, ClaimVerdict::holds,
               fmt::format("Each message needs a wait and a receive, even if {} clients send at the same time.",
                           calls.back().clients));
    else if (turn == calls.begin())
        decide(claim, ClaimVerdict::does_not_hold, fmt::format("A message needs {:.2f} calls.", in_all(*turn)));
    else
        decide(claim, ClaimVerdict::holds_only_when,
               fmt::format("at most {} ready at a time: if {} clients are ready, one wait serves several, and a "
                           "message needs {:.2f} calls{}",
                           std::prev(turn)->clients == 1 ? "one client is"
                                                         : fmt::format("{} clients are", std::prev(turn)->clients),
                           turn->clients, in_all(*turn),
                           std::next(turn) == calls.end()
                               ? ""
                               : fmt::format(", and {:.2f} with {}", in_all(calls.back()), calls.back().clients)));
    return claim;
}

Claim files_block(const RegularFile& file) {
    Claim claim{
        .id = "files-block",
        .statement = "Files are read and written with synchronous, blocking I/O.",
        .experiment = "select, poll and epoll wait for a regular file that is at its end, and io_uring reads it.",
        .figures = {yes_or_no("select says it is ready", file.select_reports),
                    yes_or_no("poll says it is ready", file.poll_reports), yes_or_no("epoll accepts it", !file.epoll)}};
    if (file.ring_reads) claim.figures.push_back(yes_or_no("io_uring reads it", *file.ring_reads));
    const bool readiness_says_nothing = file.select_reports && file.poll_reports && file.epoll;
    if (!readiness_says_nothing)
        decide(claim, ClaimVerdict::does_not_hold,
               "select, poll or epoll can report when the data of a file are available.");
    else if (file.ring_reads.value_or(false))
        decide(claim, ClaimVerdict::holds_only_when,
               fmt::format(
                   "io_uring is not used: select and poll always report a file as ready, and epoll refuses it ({}). "
                   "io_uring reads it and reports the completion",
                   symbol(file.epoll)));
    else
        decide(claim, ClaimVerdict::holds,
               fmt::format("select and poll always report a file as ready, and epoll refuses it ({}).",
                           symbol(file.epoll)));
    return claim;
}

}  // namespace iomux::compare
