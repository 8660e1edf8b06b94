#include <fmt/core.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <span>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <vector>

#include "cli/output.hpp"
#include "cli/program.hpp"
#include "cli/service_options.hpp"
#include "client/agreement_hint.hpp"
#include "client/conversation.hpp"
#include "client/datagram_conversation.hpp"
#include "client/options.hpp"
#include "posix/clock.hpp"
#include "posix/error.hpp"
#include "posix/event_fd.hpp"
#include "posix/limits.hpp"
#include "posix/signals.hpp"
#include "posix/socket.hpp"

namespace iomux::client {
namespace {

// How long a server may take to send the outstanding replies and close its side after our half-close.
constexpr std::chrono::seconds finish_timeout{1};

// Static, because a signal handler has no argument to find it by.
const posix::EventFd& stop_event() {
    static const posix::EventFd event;
    return event;
}

pollfd notification_of(const posix::EventFd& event) { return {event.fd(), POLLIN, 0}; }

void wait_for_any(std::span<pollfd> events, posix::Deadline deadline) {
    const auto wait = [&] { return ::poll(events.data(), events.size(), posix::milliseconds_until(deadline)); };
    posix::check(posix::uninterrupted(wait), "poll");
}

// Runs each conversation in its own thread. Returns when all have ended; a signal ends them early.
void talk(std::deque<Conversation>& conversations) {
    const posix::EventFd all_talked;
    const posix::EventFd all_finished;
    std::atomic<std::size_t> talking = conversations.size();
    std::atomic<std::size_t> unfinished = conversations.size();
    // If a thread cannot start, the destructors of those before it request a stop and join.
    std::vector<std::jthread> threads;
    for (Conversation& conversation : conversations)
        threads.emplace_back([&](std::stop_token stop) {
            conversation.talk(std::move(stop));
            if (--talking == 0) all_talked.notify();
            conversation.finish();
            if (--unfinished == 0) all_finished.notify();
        });

    std::array end_of_talk{notification_of(stop_event()), notification_of(all_talked)};
    wait_for_any(end_of_talk, std::nullopt);
    if (end_of_talk[0].revents != 0)
        for (std::jthread& thread : threads) thread.request_stop();

    std::array end{notification_of(all_finished)};
    wait_for_any(end, posix::Clock::now() + finish_timeout);
    for (const Conversation& conversation : conversations) conversation.abandon();
}

// Runs each conversation in its own thread. Each watches the stop event itself.
void talk(std::deque<DatagramConversation>& conversations) {
    std::vector<std::jthread> threads;
    try {
        for (DatagramConversation& conversation : conversations)
            threads.emplace_back([&] { conversation.talk(stop_event()); });
    } catch (const std::system_error&) {
        stop_event().notify();
        throw;
    }
}

// Calls `connect`, which throws an error of connecting. Adds what to do about it, if that is known.
template <class Connect>
decltype(auto) with_hint(const Options& options, Connect connect) try {
    return connect();
} catch (const std::system_error& error) {
    const std::string hint =
        error.code() == std::errc::connection_refused
            ? cli::hint_to_start_a_server(options.endpoint, options.script.protocol, options.datagrams)
            : cli::hint_about_connecting(error.what(), options.endpoint);
    if (hint.empty()) throw;
    throw std::runtime_error(error.what() + hint);
}

posix::UniqueFd connected_to_server(const Options& options) {
    return with_hint(options, [&] { return posix::connect_to(options.endpoint, posix::Blocking::yes); });
}

int run_over_connections(const Options& options) {
    AgreementHint hint(options.script.protocol, options.datagrams);
    std::deque<Conversation> conversations;
    for (std::size_t number = 0; number < options.connections; ++number)
        conversations.emplace_back(number, connected_to_server(options), options.script, hint);
    talk(conversations);
    return std::ranges::any_of(conversations, &Conversation::failed) ? cli::exit_failure : cli::exit_success;
}

int run_over_datagrams(const Options& options) {
    AgreementHint hint(options.script.protocol, options.datagrams);
    std::deque<DatagramConversation> conversations;
    for (std::size_t number = 0; number < options.connections; ++number)
        with_hint(options, [&] { conversations.emplace_back(number, options.endpoint, options.script, hint); });
    talk(conversations);
    std::uint64_t sent = 0;
    std::uint64_t lost = 0;
    bool failed = false;
    for (const DatagramConversation& conversation : conversations) {
        sent += conversation.sent();
        lost += conversation.lost();
        failed |= conversation.failed();
    }
    if (lost > 0)
        cli::print_error(fmt::format("iomux-client: lost: {} of {} datagrams had no reply in time\n", lost, sent));
    return failed || lost > 0 ? cli::exit_failure : cli::exit_success;
}

int run(const Options& options) {
    posix::raise_descriptor_limit();
    // Line-buffered even into a pipe, so that its reader sees every reply at once.
    if (std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ) != 0)
        posix::throw_errno("cannot set line buffering for standard output");
    stop_event();  // created here, because a signal handler must not create it
    const posix::StopSignals signals([] { stop_event().notify(); });
    return options.datagrams ? run_over_datagrams(options) : run_over_connections(options);
}

}  // namespace
}  // namespace iomux::client

int main(int argc, char** argv) {
    return iomux::cli::run_program("iomux-client", [&] {
        const auto options = iomux::client::parse_options(argc, argv);
        return options ? iomux::client::run(*options) : iomux::cli::exit_success;
    });
}
