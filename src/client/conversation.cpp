#include "client/conversation.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <span>
#include <utility>

#include "cli/printable.hpp"
#include "client/output.hpp"
#include "posix/socket.hpp"
#include "protocol/wire.hpp"

namespace iomux::client {
namespace {

using protocol::Bytes;

// The reply without its frame's marks.
Bytes payload_of(const protocol::ProtocolConfig& protocol, Bytes reply) {
    switch (protocol.framing) {
        case protocol::Framing::chunk: return reply;
        case protocol::Framing::line: return reply.first(reply.size() - 1);
        case protocol::Framing::length: return reply.subspan(protocol::length_mark_size);
    }
    return reply;
}

}  // namespace

Conversation::Conversation(std::size_t number, posix::UniqueFd fd, const Script& script, AgreementHint& hint)
    : number_(number), fd_(std::move(fd)), script_(script), hint_(hint), replies_(script.protocol) {
    protocol::append_request(script.protocol, protocol::as_bytes(script.message), request_);
    for (const auto direction : {posix::Direction::receiving, posix::Direction::sending})
        posix::sleep_at_most(fd_.get(), direction,
                             std::chrono::duration_cast<std::chrono::microseconds>(script.wait_report));
}

void Conversation::talk(std::stop_token stop) {
    stop_ = std::move(stop);
    // Wakes a thread that is blocked in send(2). A thread in recv(2) wakes when the server closes its side in turn.
    const std::stop_callback on_stop(stop_, [this] { half_close(); });
    for (std::uint64_t i = 0; i < script_.count; ++i)
        if (!send_request() || !receive_reply() || (i + 1 < script_.count && !pause())) break;
    half_close();
}

// A blocking send of a whole request could deadlock with a server that waits for the client to read, if the request
// were larger than all buffers on the way. It is not: the message is a command line argument, at most 128 KiB.
bool Conversation::send_request() {
    if (stop_.stop_requested()) return false;
    replies_.expect(protocol::as_bytes(script_.message));
    for (Bytes rest = request_; !rest.empty();) {
        const posix::IoResult sent = posix::send(fd_.get(), rest);
        if (sent.would_block()) {
            report_wait("cannot send");
            continue;
        }
        if (sent.error != 0) return broke_off(posix::error_of(sent.error).message());
        rest = rest.subspan(sent.size);
    }
    if (script_.protocol.service != protocol::Service::discard) return true;
    return print("sent ", protocol::as_bytes(script_.message)) && expect_no_reply();
}

bool Conversation::receive_reply() {
    while (replies_.outstanding() > 0) {
        const posix::IoResult received = receive();
        if (received.error != 0) return broke_off(posix::error_of(received.error).message());
        if (received.size == 0) return broke_off("the server closed the connection");
        if (!take(std::span(buffer_).first(received.size))) return false;
    }
    return true;
}

// A server that replies stops receiving when its replies are not received.
bool Conversation::expect_no_reply() {
    const posix::IoResult received = posix::receive(fd_.get(), buffer_, MSG_DONTWAIT);
    if (received.would_block()) return true;
    if (received.error != 0) return broke_off(posix::error_of(received.error).message());
    if (received.size == 0) return broke_off("the server closed the connection");
    return take(std::span(buffer_).first(received.size));
}

bool Conversation::pause() const {
    if (script_.interval <= script_.interval.zero()) return !stop_.stop_requested();
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    stopped.wait_for(lock, stop_, script_.interval, [] { return false; });
    return !stop_.stop_requested();
}

void Conversation::finish() {
    while (!failed_) {
        const posix::IoResult received = receive();
        if (received.error != 0) broke_off(posix::error_of(received.error).message());
        if (received.size == 0) return;
        take(std::span(buffer_).first(received.size));
    }
}

posix::IoResult Conversation::receive() {
    for (;;) {
        const posix::IoResult received = posix::receive(fd_.get(), buffer_);
        if (!received.would_block()) return received;
        if (replies_.outstanding() > 0) report_wait("no complete reply");
    }
}

// Only the first connection that waits gives the hint. Before the first reply, the others wait for the same reason.
void Conversation::report_wait(std::string_view what) {
    if (stop_.stop_requested() || std::exchange(has_reported_wait_, true)) return;
    const std::optional<std::string> hint = was_answered_ ? "" : hint_.take();
    if (!hint) return;
    const std::string received =
        reply_bytes_.empty() ? "" : fmt::format(" (received: {})", cli::excerpt(protocol::as_text(reply_bytes_)));
    report_error(number_, fmt::format("{} for {:.3g} s{}; still waiting{}{}", what,
                                      std::chrono::duration<double>(script_.wait_report).count(), received,
                                      hint->empty() ? "" : "; ", *hint));
}

bool Conversation::take(Bytes bytes) {
    reply_bytes_.insert(reply_bytes_.end(), bytes.begin(), bytes.end());
    replies_.check(bytes);
    if (replies_.wrong()) {
        fail(fmt::format("wrong reply: {}", cli::printable(protocol::as_text(reply_bytes_))));
        hint_.print();
        return false;
    }
    if (replies_.outstanding() > 0) return true;
    was_answered_ = true;
    const bool printed = print("", payload_of(script_.protocol, reply_bytes_));
    reply_bytes_.clear();
    return printed;
}

bool Conversation::print(std::string_view what, Bytes bytes) {
    const std::optional<std::string> why_not = print_line(number_, what, bytes);
    return !why_not || fail(*why_not);
}

// After a stop, it is no error if the server ends the connection in the middle of a reply.
bool Conversation::broke_off(std::string_view how) {
    if (stop_.stop_requested()) return false;
    fail(how);
    if (!was_answered_ && script_.protocol.service != protocol::Service::discard) hint_.print();
    return false;
}

bool Conversation::fail(std::string_view why) {
    failed_ = true;
    report_error(number_, why);
    return false;
}

// Both fail only if the connection has already ended, and then no thread is blocked on it.
void Conversation::half_close() const { static_cast<void>(::shutdown(fd_.get(), SHUT_WR)); }
void Conversation::abandon() const { static_cast<void>(::shutdown(fd_.get(), SHUT_RDWR)); }

}  // namespace iomux::client
