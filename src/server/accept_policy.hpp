#pragma once

#include <memory>
#include <string_view>

#include "posix/clock.hpp"
#include "server/connection_limit.hpp"
#include "server/counters.hpp"
#include "server/log.hpp"
#include "server/settings.hpp"

namespace iomux::server {

/// When to accept, when to pause and which connections to refuse: the same for every server, however it accepts. An
/// Acceptor has one. Servers that accept otherwise (Asio, io_uring) use it alone, and so does ThreadedServer.
class AcceptPolicy {
public:
    AcceptPolicy(std::shared_ptr<ConnectionLimit> limit, const Settings& settings, const Log& log, Counters& counters)
        : limit_(std::move(limit)), settings_(settings), log_(log), counters_(counters) {}

    /// A slot for an accepted connection. Empty at the limit: the connection is refused, and to be closed at once.
    ConnectionSlot slot();
    /// Counts a connection that a mechanism cannot serve, and logs why.
    void refused(std::string_view why);
    /// Whether to accept again at once after accept(2) failed with this errno. Pauses if descriptors or memory have run
    /// out. Throws std::system_error if the listener itself is broken.
    bool retries_after(int error);

    /// Descriptors have run out: no accept until `resume`, or until `retry_at`.
    bool paused() const { return retry_at_.has_value(); }
    posix::Deadline retry_at() const { return retry_at_; }
    void resume() { retry_at_.reset(); }
    /// Resumes if that time has come.
    void retry_in_time();

private:
    void pause(int error);

    const std::shared_ptr<ConnectionLimit> limit_;
    const Settings& settings_;
    const Log& log_;
    Counters& counters_;
    posix::Deadline retry_at_;
    LogRateLimit pause_lines_;
    LogRateLimit refusal_lines_;
};

}  // namespace iomux::server
