#include "client/conversation.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <condition_variable>
#include <mutex>
#include <span>
#include <utility>

#include "cli/printable.hpp"
#include "client/output.hpp"
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

Conversation::Conversation(std::size_t number, posix::UniqueFd fd, const Script& script)
    : number_(number), fd_(std::move(fd)), script_(script), replies_(script.protocol) {
    protocol::append_request(script.protocol, protocol::as_bytes(script.message), request_);
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
        if (sent.error != 0) return broke_off(posix::error_of(sent.error).message());
        rest = rest.subspan(sent.size);
    }
    const bool silent = script_.protocol.service == protocol::Service::discard;
    return !silent || print("sent ", protocol::as_bytes(script_.message));
}

bool Conversation::receive_reply() {
    while (replies_.outstanding() > 0) {
        const posix::IoResult received = posix::receive(fd_.get(), buffer_);
        if (received.error != 0) return broke_off(posix::error_of(received.error).message());
        if (received.size == 0) return broke_off("the server closed the connection");
        if (!take(std::span(buffer_).first(received.size))) return false;
    }
    return true;
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
        const posix::IoResult received = posix::receive(fd_.get(), buffer_);
        if (received.error != 0) broke_off(posix::error_of(received.error).message());
        if (received.size == 0) return;
        take(std::span(buffer_).first(received.size));
    }
}

bool Conversation::take(Bytes bytes) {
    reply_bytes_.insert(reply_bytes_.end(), bytes.begin(), bytes.end());
    replies_.check(bytes);
    if (replies_.wrong()) {
        may_disagree_ = true;
        return fail(fmt::format("wrong reply: {}", cli::printable(protocol::as_text(reply_bytes_))));
    }
    if (replies_.outstanding() > 0) return true;
    was_answered_ = true;
    const bool printed = print("", payload_of(script_.protocol, reply_bytes_));
    reply_bytes_.clear();
    return printed;
}

bool Conversation::print(std::string_view what, Bytes bytes) {
    return print_line(number_, what, bytes) || fail("cannot write to standard output");
}

// After a stop, it is no error if the server ends the connection in the middle of a reply.
bool Conversation::broke_off(std::string_view how) {
    if (stop_.stop_requested()) return false;
    may_disagree_ = !was_answered_ && script_.protocol.service != protocol::Service::discard;
    return fail(how);
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
