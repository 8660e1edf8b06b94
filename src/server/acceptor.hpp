#pragma once

#include <sys/socket.h>

#include <memory>
#include <optional>

#include "posix/clock.hpp"
#include "posix/unique_fd.hpp"
#include "server/connection_limit.hpp"
#include "server/counters.hpp"
#include "server/peer_name.hpp"
#include "server/settings.hpp"

namespace iomux::server {

/// A connection that has just come: non-blocking, close-on-exec, TCP_NODELAY.
struct AcceptedSocket {
    posix::UniqueFd socket;
    PeerName name;
    ConnectionSlot slot;
};

/// When to accept, when to rest and whom to refuse: the same for every server, whoever calls accept.
class AcceptPolicy {
public:
    AcceptPolicy(std::shared_ptr<ConnectionLimit> limit, const Settings& settings, const Log& log, Counters& counters)
        : limit_(std::move(limit)), settings_(settings), log_(log), counters_(counters) {}

    /// A slot for the client that has just come, or none: it is to be closed at once.
    ConnectionSlot slot();
    /// Counts a connection that a mechanism cannot serve, and says why in the log.
    void refused(std::string_view why);
    /// What to do about an accept that failed. Throws where the listener is broken.
    enum class Next { again, stop };
    Next after_error(int error);

    /// Descriptors have run out: nobody is accepted until `resume`, at `retry_at` at the latest.
    bool paused() const { return retry_at_.has_value(); }
    posix::Deadline retry_at() const { return retry_at_; }
    void resume() { retry_at_.reset(); }
    /// Resumes if that time has come.
    void retry_in_time();

private:
    const std::shared_ptr<ConnectionLimit> limit_;
    const Settings& settings_;
    const Log& log_;
    Counters& counters_;
    posix::Deadline retry_at_;
    LogRateLimit pause_lines_;
    LogRateLimit refusal_lines_;
};

/// A listening socket, and the rules for accepting from it.
class Acceptor {
public:
    /// `listener` does not block.
    Acceptor(posix::UniqueFd listener, std::shared_ptr<ConnectionLimit> limit, const Settings& settings, const Log& log,
             Counters& counters)
        : listener_(std::move(listener)),
          policy_(std::move(limit), settings, log, counters),
          settings_(settings),
          left_this_turn_(settings.limits.accepts_a_turn) {}

    int fd() const { return listener_.get(); }
    bool is_open() const { return static_cast<bool>(listener_); }
    /// False while descriptors have run out, and once closed.
    bool wants_accept() const { return is_open() && !policy_.paused(); }

    /// The next client to serve. Nothing where nobody waits, the turn's share is taken (the listener stays readable),
    /// or descriptors have run out.
    std::optional<AcceptedSocket> next();
    /// Closes a client that this mechanism cannot serve.
    void refuse(AcceptedSocket client, std::string_view why);

    /// A connection was closed, so a descriptor is free.
    void resume() { policy_.resume(); }
    /// No set takes the listener, for that reason: as where an accept fails with it.
    void not_watched(int error) {
        watched = false;
        static_cast<void>(policy_.after_error(error));
    }
    /// When accepting is worth another try though nobody closed.
    posix::Deadline retry_at() const { return policy_.retry_at(); }
    /// Resumes if that time has come.
    void retry_in_time() { policy_.retry_in_time(); }

    void close() {
        // Nobody comes in by another loop's descriptor of the same socket either. But who waits at a socket that was
        // handed over waits for a successor.
        if (is_open() && !settings_.handed_over) ::shutdown(listener_.get(), SHUT_RDWR);
        listener_.reset();
        policy_.resume();
    }

    /// For the loops whose kernel side keeps the interest set: whether it holds the listener.
    bool watched = false;

private:
    posix::UniqueFd listener_;
    AcceptPolicy policy_;
    const Settings& settings_;
    int left_this_turn_;
};

}  // namespace iomux::server
