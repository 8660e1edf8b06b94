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

// Without the marks of its frame.
Bytes payload_of(const protocol::Dialect& dialect, Bytes reply) {
    switch (dialect.framing) {
        case protocol::Framing::chunk: return reply;
        case protocol::Framing::line: return reply.first(reply.size() - 1);
        case protocol::Framing::length: return reply.subspan(protocol::length_mark_size);
    }
    return reply;
}

}  // namespace

Conversation::Conversation(std::size_t number, posix::UniqueFd fd, const Script& script)
    : number_(number), fd_(std::move(fd)), script_(script), replies_(script.dialect) {
    protocol::append_request(script.dialect, protocol::as_bytes(script.message), request_);
}

void Conversation::talk(std::stop_token stop) {
    stop_ = std::move(stop);
    // Wakes a thread that is blocked in send(2); one in recv(2) is woken by the server, which ends its side in turn.
    const std::stop_callback on_stop(stop_, [this] { half_close(); });
    for (std::uint64_t i = 0; i < script_.count; ++i)
        if (!ask() || !hear() || (i + 1 < script_.count && !rest())) break;
    half_close();
}

// A request of more bytes than all buffers on the way hold would never be taken by a server that waits for us to read.
// The message comes from the command line, whose arguments have 128 KiB at most.
bool Conversation::ask() {
    if (stop_.stop_requested()) return false;
    replies_.expect(protocol::as_bytes(script_.message));
    for (Bytes rest = request_; !rest.empty();) {
        const posix::Transfer sent = posix::send(fd_.get(), rest);
        if (sent.error != 0) return broke_off(posix::error_of(sent.error).message());
        rest = rest.subspan(sent.size);
    }
    const bool silent = script_.dialect.service == protocol::Service::discard;
    return !silent || print("sent ", protocol::as_bytes(script_.message));
}

bool Conversation::hear() {
    while (replies_.outstanding() > 0) {
        const posix::Transfer received = posix::receive(fd_.get(), buffer_);
        if (received.error != 0) return broke_off(posix::error_of(received.error).message());
        if (received.size == 0) return broke_off("the server ended the connection");
        if (!take(std::span(buffer_).first(received.size))) return false;
    }
    return true;
}

bool Conversation::rest() const {
    if (script_.interval <= script_.interval.zero()) return !stop_.stop_requested();
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    stopped.wait_for(lock, stop_, script_.interval, [] { return false; });
    return !stop_.stop_requested();
}

void Conversation::part() {
    while (!failed_) {
        const posix::Transfer received = posix::receive(fd_.get(), buffer_);
        if (received.error != 0) broke_off(posix::error_of(received.error).message());
        if (received.size == 0) return;
        take(std::span(buffer_).first(received.size));
    }
}

bool Conversation::take(Bytes bytes) {
    heard_.insert(heard_.end(), bytes.begin(), bytes.end());
    replies_.check(bytes);
    if (replies_.wrong()) return fail(fmt::format("a wrong reply: {}", cli::printable(protocol::as_text(heard_))));
    if (replies_.outstanding() > 0) return true;
    const bool printed = print("", payload_of(script_.dialect, heard_));
    heard_.clear();
    return printed;
}

bool Conversation::print(std::string_view what, Bytes bytes) {
    return print_line(number_, what, bytes) || fail("cannot write to standard output");
}

// Whom we stop amid a reply may end the connection as it likes.
bool Conversation::broke_off(std::string_view how) { return stop_.stop_requested() ? false : fail(how); }

bool Conversation::fail(std::string_view why) {
    failed_ = true;
    complain(number_, why);
    return false;
}

// Both fail only on a connection that has ended already, and then nobody is blocked on it.
void Conversation::half_close() const { static_cast<void>(::shutdown(fd_.get(), SHUT_WR)); }
void Conversation::abandon() const { static_cast<void>(::shutdown(fd_.get(), SHUT_RDWR)); }

}  // namespace iomux::client
