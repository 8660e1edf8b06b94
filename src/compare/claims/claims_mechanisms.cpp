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
        decide(claim, ClaimVerdict::does_not_hold, "It does not report a descriptor above 1,024.");
    else if (refusal)
        decide(
            claim, ClaimVerdict::holds_only_when,
            fmt::format("the process may have that many descriptors open: above RLIMIT_NOFILE (here {}) the call fails "
                        "with {} ({})",
                        limit.limit, symbol(refusal), in_words(refusal)));
    else
        decide(claim, ClaimVerdict::holds, "It works even above RLIMIT_NOFILE.");
}

}  // namespace

Claim select_is_level_triggered(const TriggerCounts& counts) {
    Claim claim{
        .id = "select-level-triggered",
        .statement = "select is level-triggered: it reports a socket as long as the kernel has data for it.",
        .experiment = "Bytes arrive on a socket and are not read. The waits that report the socket are counted.",
        .figures = {counted("waits", counts.waits), counted("waits in which select reports it", counts.select)}};
    if (counts.select == counts.waits)
        decide(claim, ClaimVerdict::holds, "Every wait reports the unread bytes.");
    else
        decide(claim, ClaimVerdict::does_not_hold, "Not every wait reports the unread bytes.");
    return claim;
}

Claim epoll_is_edge_triggered(const TriggerCounts& counts) {
    Claim claim{.id = "epoll-edge-triggered",
                .statement = "epoll is edge-triggered: it reports a socket only if the kernel's data have changed.",
                .experiment =
                    "Bytes arrive on a socket and are not read. The waits that report the socket are counted, once "
                    "registered by default and once with EPOLLET.",
                .figures = {counted("waits", counts.waits), counted("waits in which epoll reports it", counts.epoll),
                            counted("waits in which epoll with EPOLLET reports it", counts.epoll_et)}};
    const bool edge = counts.epoll_et < counts.waits;
    if (counts.epoll < counts.waits)
        decide(claim, ClaimVerdict::holds, "Even by default, it does not report unread bytes again.");
    else
        decide(claim, ClaimVerdict::does_not_hold,
               edge ? "By default, it is level-triggered, like select and poll. EPOLLET must be requested."
                    : "Every wait reports the unread bytes, even with EPOLLET.");
    return claim;
}

Claim select_looks_in_user_space(const std::vector<SelectWork>& all) {
    Claim claim{.id = "select-looks-in-user-space",
                .statement =
                    "select searches in user space for the descriptors that have changed, and then finds their data in "
                    "the kernel.",
                .experiment =
                    "select waits for few and for many descriptors of which one is ready. The share of CPU time in the "
                    "kernel and the descriptors that remain in the set are measured."};
    std::vector<std::size_t> in_kernel;
    std::vector<std::size_t> in_program;
    for (const SelectWork& work : all) {
        claim.figures.push_back(
            percent("CPU time in the kernel, with " + plural(work.watched, "descriptor"), work.kernel_share));
        claim.figures.push_back(counted(fmt::format("in the set after a wait, of {}", work.watched), work.left));
        (work.kernel_share > 0.5 ? in_kernel : in_program).push_back(work.watched);
    }
    if (all.empty())
        claim.why = "select was not measured.";
    else if (in_program.empty())
        decide(claim, ClaimVerdict::does_not_hold,
               fmt::format("With {} to {}, the kernel takes more than half of the CPU time. The set is copied into the "
                           "kernel. The kernel checks every descriptor and overwrites the set with the result, so the "
                           "set must be filled again for each wait.",
                           in_figures(all.front().watched), plural(all.back().watched, "descriptor")));
    else if (in_kernel.empty())
        decide(claim, ClaimVerdict::holds,
               fmt::format("With {} to {}, the program takes at least half of the CPU time.",
                           in_figures(all.front().watched), plural(all.back().watched, "descriptor")));
    else
        decide(claim, ClaimVerdict::holds_only_when,
               fmt::format("the number of descriptors is {} (of those that were tried): with {}, the kernel takes more "
                           "than half of the CPU time",
                           listed(in_program), listed(in_kernel)));
    return claim;
}

Claim select_ends_at_1024(const PastFdSet& past) {
    Claim claim{
        .id = "select-1024",
        .statement = "select is limited to 1,024 descriptors.",
        .experiment =
            "A descriptor has the last number in the C library's fd_set, and another one a number beyond it. One "
            "process passes the second to the system call directly, with a larger set. Another process, built with "
            "_FORTIFY_SOURCE, adds it to an fd_set.",
        .figures = {counted("FD_SETSIZE", static_cast<std::size_t>(past.set_size)),
                    yes_or_no("select reports the last number", past.last_fits),
                    counted("the number beyond it", static_cast<std::size_t>(past.number)),
                    yes_or_no("the kernel reports it", past.kernel_selects),
                    counted("signal that killed the process", static_cast<std::size_t>(past.signal_from_checked))}};
    const char* name = ::sigabbrev_np(past.signal_from_checked);
    const std::string end = past.signal_from_checked == 0 || name == nullptr ? "writes beyond it without a check"
                                                                             : fmt::format("is killed by SIG{}", name);
    const std::string number = in_figures(static_cast<std::size_t>(past.number));
    if (!past.last_fits) {
        claim.figures.clear();
        claim.why = fmt::format("select did not report a descriptor below FD_SETSIZE ({}).",
                                in_figures(static_cast<std::size_t>(past.set_size)));
    } else if (!past.kernel_selects) {
        decide(claim, ClaimVerdict::holds, fmt::format("The kernel refuses the descriptor {} too.", number));
    } else if (past.set_size == 1024) {
        decide(claim, ClaimVerdict::holds_only_when,
               fmt::format("the C library's fd_set is used, and the limit is the highest descriptor number, not their "
                           "count: the descriptor {} is in it, and a process that adds the single descriptor {} {}. "
                           "The kernel has no such limit",
                           in_figures(static_cast<std::size_t>(past.set_size - 1)), number, end));
    } else {
        decide(claim, ClaimVerdict::does_not_hold, fmt::format("Here the set holds {} descriptors.", past.set_size));
    }
    return claim;
}

Claim select_lists_exceptions(const HangupReports& reports) {
    Claim claim{.id = "select-exceptions",
                .statement = "The third list of select contains the connections on which an exception occurred.",
                .experiment =
                    "select(2) waits for a connection that the peer has reset, and for one on which it has sent urgent "
                    "data. The "
                    "lists that contain them are recorded.",
                .figures = {yes_or_no("a reset is in the first list (readable)", reports.reset.readable),
                            yes_or_no("a reset is in the third list", reports.reset.exceptional),
                            yes_or_no("urgent data are in the third list", reports.urgent.exceptional)}};
    if (reports.reset.exceptional)
        decide(claim, ClaimVerdict::holds, "The third list contains errors.");
    else if (reports.reset.readable && reports.urgent.exceptional)
        decide(claim, ClaimVerdict::does_not_hold,
               "Errors are in the first list, because a receive returns them. The third list contains urgent data "
               "(MSG_OOB).");
    else
        decide(claim, ClaimVerdict::does_not_hold, "The third list does not contain errors.");
    return claim;
}

Claim poll_has_no_limit(const PastFdSet& past, const PastLimit& limit) {
    Claim claim{.id = "poll-no-limit",
                .statement = "poll removes select's limit on the number of descriptors.",
                .experiment =
                    "poll(2) waits for a descriptor above FD_SETSIZE. In a process with a low RLIMIT_NOFILE, it gets "
                    "one entry more than the limit.",
                .figures = {counted("the descriptor's number", static_cast<std::size_t>(past.number)),
                            yes_or_no("poll reports it", past.poll_reports), counted("RLIMIT_NOFILE", limit.limit),
                            yes_or_no("poll accepts one entry more", !limit.poll)}};
    decide_limit(claim, past.poll_reports, limit, limit.poll);
    return claim;
}

Claim epoll_has_no_limit(const PastFdSet& past, const PastLimit& limit) {
    Claim claim{.id = "epoll-no-limit",
                .statement = "epoll has no limit on connections, so far more than 1,024 descriptors can be open.",
                .experiment =
                    "epoll(7) waits for a descriptor above FD_SETSIZE. A process with a low RLIMIT_NOFILE opens one "
                    "descriptor more than the limit.",
                .figures = {counted("the descriptor's number", static_cast<std::size_t>(past.number)),
                            yes_or_no("epoll reports it", past.epoll_reports), counted("RLIMIT_NOFILE", limit.limit),
                            yes_or_no("one descriptor more can be opened", !limit.open)}};
    decide_limit(claim, past.epoll_reports, limit, limit.open);
    return claim;
}

}  // namespace iomux::compare
