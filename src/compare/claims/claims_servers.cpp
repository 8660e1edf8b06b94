#include <fmt/format.h>
#include <sys/epoll.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "compare/claims/claim_words.hpp"
#include "compare/claims/claims.hpp"

namespace iomux::compare {
namespace {

void decide_stranded(Claim& claim, const UnreadAfterEvent& stranded, std::string_view remedy) {
    if (stranded.edge == 0)
        decide(claim, ClaimVerdict::holds, "Nothing is left behind.");
    else if (stranded.level == 0)
        decide(claim, ClaimVerdict::holds_only_when, std::string(remedy));
    else
        decide(claim, ClaimVerdict::does_not_hold, "Some are left behind, whatever the trigger.");
}

// What the document's epoll server compares with.
constexpr std::uint32_t only_readable = EPOLLIN;

std::string names_of(std::uint32_t events) {
    std::string names;
    for (const auto& [event, name] :
         {std::pair<std::uint32_t, const char*>{EPOLLIN, "EPOLLIN"}, {EPOLLERR, "EPOLLERR"}, {EPOLLHUP, "EPOLLHUP"}})
        if ((events & event) != 0) names.append(names.empty() ? "" : " and ").append(name);
    return names;
}

}  // namespace

Claim select_server_outlives_clients(const WatchedAndClosed& closed) {
    Claim claim{.id = "select-server-outlives-clients",
                .statement =
                    "The select server closes a client's socket at its end of file, puts it among those to be "
                    "written to all the same, and goes on.",
                .experiment =
                    "A descriptor is closed while it is watched beside one that is ready, and each mechanism "
                    "waits.",
                .figures = {yes_or_no("select goes on", !closed.select), yes_or_no("poll goes on", closed.poll_goes_on),
                            yes_or_no("epoll goes on", closed.epoll_goes_on)}};
    if (closed.select)
        decide(claim, ClaimVerdict::does_not_hold,
               fmt::format("select refuses the whole set ({}), for all the others too.", symbol(closed.select)));
    else
        decide(claim, ClaimVerdict::holds, "select reports the others.");
    return claim;
}

Claim epoll_server_reads_all(const UnreadAfterEvent& bytes) {
    Claim claim{
        .id = "epoll-server-reads-all",
        .statement =
            "The epoll server, which registers with EPOLLET, reads once for an event, and so receives "
            "what clients send.",
        .experiment = "More bytes than one recv(1024) takes come at once, and it is called once for each report.",
        .figures = {counted("bytes sent", bytes.sent, "bytes"), counted("never read with EPOLLET", bytes.edge, "bytes"),
                    counted("never read without", bytes.level, "bytes")}};
    decide_stranded(
        claim, bytes,
        "a message is no longer than one read, or without EPOLLET: an edge is to be followed by reads until "
        "nothing is left");
    return claim;
}

Claim epoll_server_accepts_all(const UnreadAfterEvent& clients) {
    Claim claim{.id = "epoll-server-accepts-all",
                .statement =
                    "The epoll server, which registers its listening socket with EPOLLET, accepts once for an "
                    "event, and so serves every client.",
                .experiment = "Several clients connect before the wait, and accept(2) is called once for each report.",
                .figures = {counted("clients", clients.sent), counted("never accepted with EPOLLET", clients.edge),
                            counted("never accepted without", clients.level)}};
    decide_stranded(
        claim, clients,
        "clients come one at a time, or without EPOLLET: an edge is to be followed by accepts until nobody is "
        "left");
    return claim;
}

Claim epoll_server_notices_who_leaves(const HangupReports& reports) {
    Claim claim{.id = "epoll-server-notices-leaving",
                .statement =
                    "The epoll server, which reads where the events are EPOLLIN and nothing else, notices every client "
                    "that leaves.",
                .experiment = "Clients close a connection in order, and by a reset, and epoll is asked for its events.",
                .figures = {yes_or_no("an end is EPOLLIN alone", reports.ended.events == only_readable),
                            yes_or_no("a reset is EPOLLIN alone", reports.reset.events == only_readable)}};
    if (reports.ended.events != only_readable)
        decide(claim, ClaimVerdict::does_not_hold, "An end is reported otherwise.");
    else if (reports.reset.events != only_readable)
        decide(
            claim, ClaimVerdict::holds_only_when,
            fmt::format("they close in order: a reset is reported as {}, which is not equal, and of an edge there is "
                        "no second report",
                        names_of(reports.reset.events)));
    else
        decide(claim, ClaimVerdict::holds, "Both are reported as EPOLLIN.");
    return claim;
}

Claim select_server_writes_without_sleeping(const Room& room) {
    constexpr std::size_t longest_reply = 1024 + std::string_view("_suffix").size();
    Claim claim{.id = "select-server-sendall",
                .statement =
                    "The select server writes by sendall to a socket that select reports as writable, and so does not "
                    "hold up the others.",
                .experiment =
                    "A connection whose peer does not read is filled, the peer reads until select reports it as "
                    "writable, and then as much is sent as there is room for, and more.",
                .figures = {counted("its longest reply", longest_reply, "bytes"),
                            counted("room where select reports it", room.bytes, "bytes"),
                            yes_or_no("a longer send sleeps", room.longer_sleeps)}};
    if (!room.longer_sleeps)
        decide(claim, ClaimVerdict::holds, "Even what there was no room for did not sleep.");
    else if (room.bytes < longest_reply)
        decide(claim, ClaimVerdict::does_not_hold, "There is less room than its longest reply takes: sendall sleeps.");
    else
        decide(claim, ClaimVerdict::holds_only_when,
               "replies are no longer than the room that readiness stands for: a longer one sleeps until its client "
               "reads, and all clients wait with it");
    return claim;
}

Claim a_receive_is_a_message(const Coalesced& coalesced) {
    const std::size_t in_one = coalesced.received / std::max<std::size_t>(1, coalesced.message_size);
    Claim claim{.id = "receive-is-a-message",
                .statement = "The servers answer what one recv returns as one message.",
                .experiment = "Messages are sent one by one on a connection, and then one recv(1024) is called.",
                .figures = {counted("messages sent", coalesced.messages), counted("messages in one recv", in_one)}};
    if (in_one > 1)
        decide(
            claim, ClaimVerdict::holds_only_when,
            "each waits for the answer to the last, as the document's client does: a stream has no messages, and one "
            "recv returns what has come");
    else
        decide(claim, ClaimVerdict::holds, "One recv returns one message.");
    return claim;
}

Claim asio_is_a_proactor(const AsioCalls& calls) {
    Claim claim{.id = "asio-proactor",
                .statement = "Boost.Asio is a proactor: the system receives, and then tells the program.",
                .experiment =
                    "Boost.Asio's callbacks echo one client's messages, and their system calls are counted from "
                    "outside (ptrace): on epoll, and where they are built on io_uring.",
                .figures = {{"calls a message on epoll", calls.epoll.all, ""},
                            {"waits for readiness on epoll", calls.epoll.waits, ""},
                            {"receives on epoll", calls.epoll.receives, ""}}};
    if (calls.ring) {
        claim.figures.push_back({"calls a message on io_uring", calls.ring->all, ""});
        claim.figures.push_back({"waits for readiness on io_uring", calls.ring->waits, ""});
        claim.figures.push_back({"receives on io_uring", calls.ring->receives, ""});
    }
    // Once in a message, but for those that were counted in part.
    const auto receives_itself = [](const ServerCalls& of) { return of.receives >= 0.9; };
    if (!receives_itself(calls.epoll))
        decide(claim, ClaimVerdict::holds, "The program makes no call to receive.");
    else if (calls.ring && !receives_itself(*calls.ring))
        decide(claim, ClaimVerdict::holds_only_when,
               fmt::format(
                   "it is built on io_uring: on epoll it waits for readiness, and then receives itself, with {:.1f} "
                   "calls to receive a message{}",
                   calls.epoll.receives, calls.epoll.receives > 1.5 ? ", the first of them in vain" : ""));
    else
        decide(claim, ClaimVerdict::does_not_hold, "It waits for readiness, and then receives itself.");
    return claim;
}

}  // namespace iomux::compare
