#include <fmt/format.h>

#include <array>

#include "compare/claims/claim_words.hpp"
#include "compare/claims/claims.hpp"

namespace iomux::compare {

Claim blocking_suspends(const FruitlessWait& wait) {
    Claim claim{
        .id = "blocking-suspends",
        .statement = "Synchronous and blocking: where there are no data the thread is suspended until they come.",
        .experiment = "recv(2) on a socket to which nothing is sent, with a timeout (SO_RCVTIMEO).",
        .figures = {counted("times that the thread slept", wait.sleeps),
                    percent("processor time while it waited", wait.cpu_share())}};
    constexpr double next_to_nothing = 0.1;
    if (wait.sleeps > 0 && wait.cpu_share() < next_to_nothing)
        decide(claim, ClaimVerdict::holds, "The thread sleeps in the call and takes no processor time.");
    else
        decide(claim, ClaimVerdict::does_not_hold, "The thread did not sleep, or took processor time as it waited.");
    return claim;
}

Claim nonblocking_returns(const FruitlessWait& wait) {
    Claim claim{.id = "nonblocking-returns",
                .statement =
                    "Synchronous and non-blocking: where there are no data the kernel answers with an error at "
                    "once, and the thread may do something else before it asks again.",
                .experiment = "recv(2) with MSG_DONTWAIT, again and again, on a socket to which nothing is sent.",
                .figures = {counted("calls", wait.calls), counted("times that the thread slept", wait.sleeps),
                            percent("processor time while it asked", wait.cpu_share())}};
    const bool refused = wait.answer == std::errc::operation_would_block;
    if (!refused || wait.sleeps >= wait.calls)
        decide(claim, ClaimVerdict::does_not_hold,
               fmt::format("The call answered {}, and the thread slept.", symbol(wait.answer)));
    else
        decide(claim, ClaimVerdict::holds,
               fmt::format("Each call answers {} and does not sleep. A thread that has nothing else to do spends its "
                           "time on asking.",
                           symbol(wait.answer)));
    return claim;
}

Claim multiplexing_blocks_twice(const ExchangeSleeps& sleeps) {
    Claim claim{.id = "multiplexing-blocks-twice",
                .statement = "Multiplexing still blocks twice: in select, and in the copy of the data.",
                .experiment =
                    "Messages that a peer answers: poll(2), then recv(2) on the blocking socket, and how often "
                    "the thread slept in each (getrusage's voluntary context switches).",
                .figures = {counted("messages", sleeps.messages), counted("sleeps in the wait", sleeps.in_poll),
                            counted("sleeps in recv", sleeps.in_receive)}};
    if (sleeps.in_poll == 0)
        claim.why = "The answers came before the thread could sleep at all.";
    else if (sleeps.in_receive == 0)
        decide(claim, ClaimVerdict::does_not_hold,
               "Only the wait sleeps. After readiness recv copies what is there, which takes the processor, and "
               "returns.");
    else if (sleeps.in_receive < sleeps.in_poll)
        decide(claim, ClaimVerdict::holds_only_when, "readiness was spurious: most receives did not sleep");
    else
        decide(claim, ClaimVerdict::holds, "recv slept as often as the wait.");
    return claim;
}

Claim two_calls_a_message(const CallsAMessage& one, const CallsAMessage& many) {
    const auto figures_of = [](const CallsAMessage& calls) {
        const std::string clients = calls.clients == 1 ? "one client" : fmt::format("{} at once", calls.clients);
        return std::array{ClaimFigure{"waits a message, of " + clients, calls.waits, ""},
                          ClaimFigure{"receives a message, of " + clients, calls.receives, ""}};
    };
    const auto of_one = figures_of(one);
    const auto of_many = figures_of(many);
    Claim claim{.id = "two-calls-a-message",
                .statement = "Multiplexing takes two system calls for what one did: select and recv.",
                .experiment =
                    "A loop of pselect(2) and recv(2) in a process whose system calls are counted from outside "
                    "(ptrace), for one client and for many that send at once.",
                .figures = {of_one[0], of_one[1], of_many[0], of_many[1]}};
    const auto takes_two = [](const CallsAMessage& calls) { return calls.waits + calls.receives >= 1.9; };
    if (takes_two(one) && takes_two(many))
        decide(claim, ClaimVerdict::holds, "A wait and a receive for each message, however many clients send at once.");
    else if (takes_two(one))
        decide(claim, ClaimVerdict::holds_only_when,
               fmt::format("one client is ready at a time: with {} at once, one wait serves all, and a message takes "
                           "{:.2f} calls",
                           many.clients, many.waits + many.receives));
    else
        decide(claim, ClaimVerdict::does_not_hold,
               fmt::format("A message takes {:.2f} calls.", one.waits + one.receives));
    return claim;
}

Claim files_block(const RegularFile& file) {
    Claim claim{
        .id = "files-block",
        .statement = "Files are read and written in the synchronous and blocking way.",
        .experiment =
            "A regular file at its end: select, poll and epoll are asked to wait for it, and io_uring "
            "to read it.",
        .figures = {yes_or_no("select says it is ready", file.select_reports),
                    yes_or_no("poll says it is ready", file.poll_reports), yes_or_no("epoll accepts it", !file.epoll)}};
    if (file.ring_reads) claim.figures.push_back(yes_or_no("io_uring reads it", *file.ring_reads));
    const bool readiness_says_nothing = file.select_reports && file.poll_reports && file.epoll;
    if (!readiness_says_nothing)
        decide(claim, ClaimVerdict::does_not_hold, "A mechanism of readiness can tell when a file's data are there.");
    else if (file.ring_reads.value_or(false))
        decide(claim, ClaimVerdict::holds_only_when,
               fmt::format("io_uring is not used: to select and poll a file is always ready, epoll refuses it ({}), "
                           "and io_uring reads it and tells when it has",
                           symbol(file.epoll)));
    else
        decide(
            claim, ClaimVerdict::holds,
            fmt::format("To select and poll a file is always ready, and epoll refuses it ({}).", symbol(file.epoll)));
    return claim;
}

}  // namespace iomux::compare
