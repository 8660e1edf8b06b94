#include "client/datagram_conversation.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <array>
#include <chrono>
#include <span>
#include <system_error>

#include "cli/printable.hpp"
#include "cli/service_options.hpp"
#include "client/output.hpp"
#include "posix/error.hpp"
#include "posix/io_result.hpp"
#include "posix/socket.hpp"

namespace iomux::client {
namespace {

using protocol::Bytes;

// Holds the longest datagram, so none is truncated.
using Buffer = std::array<std::byte, 64 * 1024>;

}  // namespace

DatagramConversation::DatagramConversation(std::size_t number, const posix::Endpoint& server, const Script& script,
                                           AgreementHint& hint)
    : number_(number),
      server_(server),
      script_(script),
      hint_(hint),
      reply_(script.message + std::string(script.protocol.reply_suffix())),
      fd_(posix::datagram_socket_to(server, posix::Blocking::yes)) {}

void DatagramConversation::talk(const posix::EventFd& stop) try {
    stop_ = &stop;
    for (std::uint64_t i = 0; i < script_.count; ++i)
        if (!send_request() || !receive_reply() || (i + 1 < script_.count && !pause())) return;
    expect_no_datagram();
} catch (const std::system_error& error) {
    fail(error.what());
}

bool DatagramConversation::send_request() {
    if (!expect_no_datagram()) return false;
    const posix::IoResult sent = posix::send(fd_.get(), protocol::as_bytes(script_.message));
    if (sent.error != 0) return broke_off(sent.error);
    ++sent_;
    return script_.protocol.service != protocol::Service::discard ||
           print("sent ", protocol::as_bytes(script_.message));
}

bool DatagramConversation::receive_reply() {
    if (script_.protocol.service == protocol::Service::discard) return true;
    const posix::Clock::time_point due = posix::Clock::now() + script_.reply_timeout;
    Buffer buffer;
    posix::IoResult received;
    do {
        const Waited waited = wait(fd_.get(), due);
        if (waited == Waited::stopped) return false;
        if (waited == Waited::timed_out) return lose();
        // poll(2) also reports a datagram with a wrong checksum, which recv(2) then discards.
        received = posix::receive(fd_.get(), buffer, MSG_DONTWAIT);
    } while (received.would_block());
    if (received.error != 0) return broke_off(received.error);
    const Bytes reply = std::span(buffer).first(received.size);
    if (protocol::as_text(reply) != reply_) return fail_at_reply("wrong", reply);
    was_answered_ = true;
    return print("", reply);
}

bool DatagramConversation::pause() const {
    constexpr int nothing = -1;
    return wait(nothing, posix::Clock::now() + script_.interval) != Waited::stopped;
}

// Detects an unexpected datagram, and the error that the last datagram had no receiver.
bool DatagramConversation::expect_no_datagram() {
    Buffer buffer;
    const posix::IoResult received = posix::receive(fd_.get(), buffer, MSG_DONTWAIT);
    if (received.would_block()) return true;
    if (received.error != 0) return broke_off(received.error);
    return fail_at_reply("unexpected", std::span(buffer).first(received.size));
}

DatagramConversation::Waited DatagramConversation::wait(int fd, posix::Clock::time_point end) const {
    std::array events{pollfd{stop_->fd(), POLLIN, 0}, pollfd{fd, POLLIN, 0}};
    const auto poll = [&] { return ::poll(events.data(), events.size(), posix::milliseconds_until(end)); };
    posix::check(posix::uninterrupted(poll), "poll");
    if (events[0].revents != 0) return Waited::stopped;
    return events[1].revents != 0 ? Waited::readable : Waited::timed_out;
}

// All replies are equal. A new socket ensures that a late reply is not mistaken for the next one.
bool DatagramConversation::lose() {
    ++lost_;
    report_error(number_,
                 fmt::format("no reply within {:.3g} s", std::chrono::duration<double>(script_.reply_timeout).count()));
    if (!was_answered_) hint_.print();
    fd_ = posix::datagram_socket_to(server_, posix::Blocking::yes);
    return true;
}

bool DatagramConversation::fail_at_reply(std::string_view kind, Bytes reply) {
    fail(fmt::format("{} reply: {}", kind, cli::printable(protocol::as_text(reply))));
    hint_.print();
    return false;
}

bool DatagramConversation::print(std::string_view what, Bytes bytes) {
    const std::optional<std::string> why_not = print_line(number_, what, bytes);
    return !why_not || fail(*why_not);
}

bool DatagramConversation::broke_off(int error) {
    const std::string hint = error == ECONNREFUSED ? cli::hint_to_start_a_server(server_, script_.protocol, true) : "";
    return fail(
        fmt::format("cannot exchange datagrams with {}: {}{}", server_.text(), posix::error_of(error).message(), hint));
}

bool DatagramConversation::fail(std::string_view why) {
    failed_ = true;
    report_error(number_, why);
    return false;
}

}  // namespace iomux::client
