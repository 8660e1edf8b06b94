#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstring>

#include "compare/claims/claim_words.hpp"
#include "compare/claims/claims.hpp"

namespace iomux::compare {
namespace {

std::string in_words(const std::error_code& error) { return error ? error.message() : "success"; }

void decide_limit(Claim& claim, bool reports, const PastLimit& limit, const std::error_code& refusal) {
    if (!reports)
        decide(claim, ClaimVerdict::does_not_hold, "It does not report a descriptor past 1,024.");
    else if (refusal)
        decide(claim, ClaimVerdict::holds_only_when,
               fmt::format("the process may have so many open: past RLIMIT_NOFILE, which was {} here, the answer is {} "
                           "({})",
                           limit.limit, symbol(refusal), in_words(refusal)));
    else
        decide(claim, ClaimVerdict::holds, "Even past RLIMIT_NOFILE it goes on.");
}

}  // namespace

Claim select_is_level_triggered(const TriggerCounts& counts) {
    Claim claim{.id = "select-level-triggered",
                .statement = "select is level-triggered: it reports as long as the kernel has data.",
                .experiment = "Bytes that nobody reads: how many waits report their socket.",
                .figures = {counted("waits", counts.waits), counted("of them select reports", counts.select)}};
    if (counts.select == counts.waits)
        decide(claim, ClaimVerdict::holds, "Every wait reports what has not been read.");
    else
        decide(claim, ClaimVerdict::does_not_hold, "Not every wait reports what has not been read.");
    return claim;
}

Claim epoll_is_edge_triggered(const TriggerCounts& counts) {
    Claim claim{.id = "epoll-edge-triggered",
                .statement = "epoll is edge-triggered: it reports only when the kernel's data have changed.",
                .experiment =
                    "Bytes that nobody reads: how many waits report their socket, registered as it is by "
                    "default and with EPOLLET.",
                .figures = {counted("waits", counts.waits), counted("of them epoll reports", counts.epoll),
                            counted("of them epoll with EPOLLET reports", counts.epoll_et)}};
    const bool edge = counts.epoll_et < counts.waits;
    if (counts.epoll < counts.waits)
        decide(claim, ClaimVerdict::holds, "Even by default it does not report again what has not been read.");
    else
        decide(claim, ClaimVerdict::does_not_hold,
               edge ? "By default it is level-triggered, as select and poll are. EPOLLET is a choice."
                    : "It reports at every wait what has not been read, even with EPOLLET.");
    return claim;
}

Claim select_looks_in_user_space(const SelectWork& work) {
    Claim claim{.id = "select-looks-in-user-space",
                .statement =
                    "select looks in user space for the descriptors that have changed, and so finds their data "
                    "in the kernel.",
                .experiment =
                    "Waits for many descriptors of which one is ready: what share of the processor time the "
                    "kernel takes, and what is left of the set.",
                .figures = {counted("descriptors in the set before a wait", work.watched),
                            counted("descriptors in the set after it", work.left),
                            percent("processor time in the kernel", work.kernel_share)}};
    if (work.kernel_share > 0.5)
        decide(claim, ClaimVerdict::does_not_hold,
               "The set is copied into the kernel, which asks every descriptor and overwrites the set with its answer: "
               "so it must be filled again for each wait.");
    else
        decide(claim, ClaimVerdict::holds, "The program spends more on the set than the kernel does.");
    return claim;
}

Claim select_ends_at_1024(const PastFdSet& past) {
    Claim claim{
        .id = "select-1024",
        .statement = "select is limited to 1,024 descriptors.",
        .experiment =
            "One descriptor whose number is past the C library's fd_set: asked for by the system call "
            "alone with a greater set, and put into an fd_set by a process of its own that is built "
            "with _FORTIFY_SOURCE.",
        .figures = {counted("FD_SETSIZE", static_cast<std::size_t>(past.set_size)),
                    counted("the descriptor's number", static_cast<std::size_t>(past.number)),
                    yes_or_no("the kernel reports it", past.kernel_selects),
                    counted("signal that ended the process", static_cast<std::size_t>(past.signal_from_checked))}};
    const char* name = ::sigabbrev_np(past.signal_from_checked);
    const std::string end = past.signal_from_checked == 0 || name == nullptr ? "writes past it unchecked"
                                                                             : fmt::format("is ended by SIG{}", name);
    if (!past.kernel_selects)
        decide(claim, ClaimVerdict::holds, "The kernel refuses it, too.");
    else if (past.set_size == 1024)
        decide(
            claim, ClaimVerdict::holds_only_when,
            fmt::format("the C library's fd_set is used, and then it is the highest number that counts, not how many "
                        "there are: one descriptor of number {} is too many, and who adds it {}. The kernel has no "
                        "such limit",
                        past.number, end));
    else
        decide(claim, ClaimVerdict::does_not_hold, fmt::format("Here the set ends at {}.", past.set_size));
    return claim;
}

Claim select_lists_exceptions(const HangupReports& reports) {
    Claim claim{
        .id = "select-exceptions",
        .statement = "select's third list has the connections on which an exception occurred.",
        .experiment =
            "select(2) of connections that the peer has reset, and on which it has sent urgent data: which list "
            "has them.",
        .figures = {yes_or_no("a reset is in the first list", reports.reset.readable),
                    yes_or_no("a reset is in the third", reports.reset.exceptional),
                    yes_or_no("urgent data are in the third", reports.urgent.exceptional)}};
    if (reports.reset.exceptional)
        decide(claim, ClaimVerdict::holds, "Errors are in it.");
    else if (reports.reset.readable && reports.urgent.exceptional)
        decide(claim, ClaimVerdict::does_not_hold,
               "Errors are in the first list, for a receive tells of them; the third has urgent data (MSG_OOB).");
    else
        decide(claim, ClaimVerdict::does_not_hold, "Errors are not in it.");
    return claim;
}

Claim poll_has_no_limit(const PastFdSet& past, const PastLimit& limit) {
    Claim claim{.id = "poll-no-limit",
                .statement = "poll takes away select's limit on the number of descriptors.",
                .experiment =
                    "poll(2) of a descriptor past FD_SETSIZE; and in a process whose RLIMIT_NOFILE is low, of "
                    "one entry more.",
                .figures = {counted("the descriptor's number", static_cast<std::size_t>(past.number)),
                            yes_or_no("poll reports it", past.poll_reports), counted("RLIMIT_NOFILE", limit.limit),
                            yes_or_no("poll takes one entry more", !limit.poll)}};
    decide_limit(claim, past.poll_reports, limit, limit.poll);
    return claim;
}

Claim epoll_has_no_limit(const PastFdSet& past, const PastLimit& limit) {
    Claim claim{.id = "epoll-no-limit",
                .statement = "epoll has no limit on connections, and far more than 1,024 descriptors can be open.",
                .experiment =
                    "epoll(7) of a descriptor past FD_SETSIZE; and in a process whose RLIMIT_NOFILE is low, "
                    "one descriptor more.",
                .figures = {counted("the descriptor's number", static_cast<std::size_t>(past.number)),
                            yes_or_no("epoll reports it", past.epoll_reports), counted("RLIMIT_NOFILE", limit.limit),
                            yes_or_no("one more can be open", !limit.open)}};
    decide_limit(claim, past.epoll_reports, limit, limit.open);
    return claim;
}

}  // namespace iomux::compare
