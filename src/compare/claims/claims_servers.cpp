#include <fmt/format.h>
#include <sys/epoll.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "compare/claims/claim_words.hpp"
#include "compare/claims/claims.hpp"

namespace iomux::compare {
namespace {

// How the claims about what remains in the kernel differ.
struct UnreadWords {
    std::string_view unit;    // of what is sent
    std::string_view left;    // `never read`
    std::string_view limit;   // `a message has`
    std::string_view advice;  // what a server must do instead
};

void judge_unread(Claim& claim, const std::vector<UnreadAfterEvent>& all, const UnreadWords& words) {
    for (const UnreadAfterEvent& of : all) {
        const std::string sent = plural(of.sent, words.unit);
        claim.figures.push_back(counted(fmt::format("{} with EPOLLET, of {}", words.left, sent), of.edge));
        claim.figures.push_back(counted(fmt::format("{} without EPOLLET, of {}", words.left, sent), of.level));
    }
    const auto turn = std::ranges::find_if(all, [](const UnreadAfterEvent& of) { return of.edge > 0; });
    if (all.empty()) {
        claim.why = "Nothing was sent.";
    } else if (turn == all.end()) {
        decide(claim, ClaimVerdict::holds,
               fmt::format("Nothing remains in the kernel, of up to {}.", plural(all.back().sent, words.unit)));
    } else if (std::ranges::any_of(all, [](const UnreadAfterEvent& of) { return of.level > 0; })) {
        decide(claim, ClaimVerdict::does_not_hold, "Some remain in the kernel, with EPOLLET and without.");
    } else {
        const std::string limit = turn == all.begin() ? ""
                                                      : fmt::format("{} at most {}, or ", words.limit,
                                                                    plural(std::prev(turn)->sent, words.unit));
        decide(claim, ClaimVerdict::holds_only_when,
               fmt::format("{}EPOLLET is not used: of {}, {} {} {}. {}", limit, plural(turn->sent, words.unit),
                           in_figures(turn->edge), turn->edge == 1 ? "is" : "are", words.left, words.advice));
    }
}

// The article's epoll server compares the events with this value.
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
    Claim claim{
        .id = "select-server-outlives-clients",
        .statement =
            "When a client has disconnected, the article's select server closes its socket, still adds it to "
            "the sockets to write to, and continues.",
        .experiment = "Two descriptors are watched. One is ready and the other is closed. Then each mechanism waits.",
        .figures = {yes_or_no("select continues", !closed.select), yes_or_no("poll continues", closed.poll_continues),
                    yes_or_no("epoll continues", closed.epoll_continues)}};
    if (closed.select)
        decide(claim, ClaimVerdict::does_not_hold,
               fmt::format("select fails for the whole set ({}), so no other client is served either.",
                           symbol(closed.select)));
    else
        decide(claim, ClaimVerdict::holds, "select reports the other descriptors.");
    return claim;
}

Claim epoll_server_reads_all(const std::vector<UnreadAfterEvent>& bytes) {
    Claim claim{
        .id = "epoll-server-reads-all",
        .statement =
            "The article's epoll server registers sockets with EPOLLET and reads once per event. It receives "
            "everything that clients send.",
        .experiment =
            "As many bytes as one recv(1024) returns arrive at once, and fewer, and more. recv is called once per "
            "reported event."};
    judge_unread(claim, bytes,
                 {.unit = "byte",
                  .left = "never read",
                  .limit = "a message has",
                  .advice = "After an edge-triggered event, a server must read until nothing is left"});
    return claim;
}

Claim epoll_server_accepts_all(const std::vector<UnreadAfterEvent>& clients) {
    Claim claim{
        .id = "epoll-server-accepts-all",
        .statement =
            "The article's epoll server registers its listening socket with EPOLLET and accepts once per event. "
            "It serves every client.",
        .experiment = "One client or several connect before the wait. accept(2) is called once per reported event."};
    judge_unread(claim, clients,
                 {.unit = "client",
                  .left = "never accepted",
                  .limit = "the backlog has",
                  .advice = "After an edge-triggered event, a server must accept until the backlog is empty"});
    return claim;
}

Claim epoll_server_notices_disconnects(const HangupReports& reports) {
    Claim claim{
        .id = "epoll-server-notices-leaving",
        .statement =
            "The article's epoll server reads only if the events are exactly EPOLLIN. It notices every client that "
            "disconnects.",
        .experiment =
            "One client closes its connection normally, another resets it. The events that epoll reports are "
            "recorded.",
        .figures = {yes_or_no("a normal close is exactly EPOLLIN", reports.ended.events == only_readable),
                    yes_or_no("a reset is exactly EPOLLIN", reports.reset.events == only_readable)}};
    if (reports.ended.events != only_readable)
        decide(claim, ClaimVerdict::does_not_hold, "A normal close is not reported as exactly EPOLLIN.");
    else if (reports.reset.events != only_readable)
        decide(claim, ClaimVerdict::holds_only_when,
               fmt::format(
                   "clients close normally: a reset is reported as {}, which is not equal to EPOLLIN, and with EPOLLET "
                   "it is reported only once",
                   names_of(reports.reset.events)));
    else
        decide(claim, ClaimVerdict::holds, "Both are reported as exactly EPOLLIN.");
    return claim;
}

Claim select_server_writes_without_sleeping(const SendSpace& room) {
    constexpr std::size_t longest_reply = 1024 + std::string_view("_suffix").size();
    Claim claim{.id = "select-server-sendall",
                .statement =
                    "The article's select server calls sendall on a socket that select reports as writable. So it does "
                    "not delay the other clients.",
                .experiment =
                    "A connection is filled while its peer does not read. Then the peer reads until select reports the "
                    "connection as writable. Then more bytes are sent than there is room for.",
                .figures = {counted("longest reply of that server", longest_reply, "bytes"),
                            counted("room when select reports it", room.bytes, "bytes"),
                            yes_or_no("a longer send sleeps", room.longer_sleeps)}};
    if (!room.longer_sleeps)
        decide(claim, ClaimVerdict::holds, "Even the send that was longer than the room did not sleep.");
    else if (room.bytes < longest_reply)
        decide(claim, ClaimVerdict::does_not_hold,
               fmt::format("There is room for {}, less than the longest reply needs, so sendall sleeps.",
                           plural(room.bytes, "byte")));
    else
        decide(
            claim, ClaimVerdict::holds_only_when,
            fmt::format("a reply has at most {}, the room that was left when select reported the socket: a longer send "
                        "sleeps until its client reads, and all other clients wait too",
                        plural(room.bytes, "byte")));
    return claim;
}

Claim a_receive_is_a_message(const Receives& receives) {
    Claim claim{
        .id = "receive-is-a-message",
        .statement = "The bytes that one recv returns are one message (as all servers of the article assume).",
        .experiment =
            "One message or several are sent on a connection, one send each. Then recv(1024) is called once. In a "
            "second experiment, the message is shorter or longer than 1,024 bytes."};
    const auto messages_in_one = [](const Coalesced& of) {
        return of.received / std::max<std::size_t>(1, of.message_size);
    };
    for (const Coalesced& of : receives.by_messages)
        claim.figures.push_back(
            counted(fmt::format("messages in one recv, of {}", in_figures(of.messages)), messages_in_one(of)));
    for (const Coalesced& of : receives.by_size)
        claim.figures.push_back(
            counted("returned by one recv, of a message of " + plural(of.message_size, "byte"), of.received, "bytes"));
    const auto several =
        std::ranges::find_if(receives.by_messages, [&](const Coalesced& of) { return messages_in_one(of) > 1; });
    const auto part =
        std::ranges::find_if(receives.by_size, [](const Coalesced& of) { return of.received < of.message_size; });
    if (receives.by_messages.empty() || receives.by_size.empty()) {
        claim.why = "Nothing was sent.";
        return claim;
    }
    std::string condition;
    std::string why;
    if (several != receives.by_messages.end()) {
        condition = "each message is sent after the answer to the previous one, as the article's client does";
        why = fmt::format("if {} have arrived, one recv returns {} of them", in_figures(several->messages),
                          in_figures(messages_in_one(*several)));
    }
    if (part != receives.by_size.end()) {
        const std::string whole = part == receives.by_size.begin()
                                      ? "fewer than " + plural(part->message_size, "byte")
                                      : "at most " + plural(std::prev(part)->message_size, "byte");
        condition += fmt::format("{}has {}", condition.empty() ? "each message " : ", and ", whole);
        why += fmt::format("{}of a message of {}, one recv returns {}", why.empty() ? "" : ", and ",
                           plural(part->message_size, "byte"), in_figures(part->received));
    }
    if (condition.empty())
        decide(claim, ClaimVerdict::holds,
               fmt::format("One recv returns one message, of up to {} that have arrived and of up to {}.",
                           in_figures(receives.by_messages.back().messages),
                           plural(receives.by_size.back().message_size, "byte")));
    else
        decide(claim, ClaimVerdict::holds_only_when,
               fmt::format("{}: {}. TCP is a byte stream without messages", condition, why));
    return claim;
}

Claim asio_is_a_proactor(const AsioCalls& calls) {
    Claim claim{
        .id = "asio-proactor",
        .statement = "Boost.Asio is a proactor: the system receives the data and then notifies the program.",
        .experiment =
            "Boost.Asio's callbacks echo the messages of one client, on epoll and, if that program is built, on "
            "io_uring. Their system calls are counted with ptrace(2).",
        .figures = {{"calls per message on epoll", calls.epoll.all, ""},
                    {"waits for readiness per message on epoll", calls.epoll.waits, ""},
                    {"receives per message on epoll", calls.epoll.receives, ""}}};
    if (calls.ring) {
        claim.figures.push_back({"calls per message on io_uring", calls.ring->all, ""});
        claim.figures.push_back({"waits for readiness per message on io_uring", calls.ring->waits, ""});
        claim.figures.push_back({"receives per message on io_uring", calls.ring->receives, ""});
    }
    // Once per message, minus the messages at the edges of the count.
    const auto receives_itself = [](const ServerCalls& of) { return of.receives >= 0.9; };
    if (!receives_itself(calls.epoll))
        decide(claim, ClaimVerdict::holds,
               fmt::format("The program makes {:.1f} receive calls per message.", calls.epoll.receives));
    else if (calls.ring && !receives_itself(*calls.ring))
        decide(claim, ClaimVerdict::holds_only_when,
               fmt::format("it is built on io_uring: on epoll, it waits for readiness and then receives the data "
                           "itself, with {:.1f} "
                           "receive calls per message{}",
                           calls.epoll.receives,
                           calls.epoll.receives > 1.5 ? ", of which the first returns no data" : ""));
    else
        decide(claim, ClaimVerdict::does_not_hold, "It waits for readiness and then receives the data itself.");
    return claim;
}

}  // namespace iomux::compare
