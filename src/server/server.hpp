#pragma once

#include "posix/event_fd.hpp"
#include "posix/unique_fd.hpp"
#include "server/counters.hpp"
#include "server/log.hpp"
#include "server/settings.hpp"

namespace iomux::server {

/// A server, whatever its mechanism.
class Server {
public:
    explicit Server(const Settings& settings) : settings_(settings), log_(settings.log_level) {}
    virtual ~Server() = default;
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Serves until it is stopped and the last connection has ended. Throws std::system_error where it cannot go on.
    virtual void run() = 0;

    /// Asks it to drain: accept nobody, answer what has been received, close at the drain timeout at the latest.
    /// From any thread, and from signal handlers.
    virtual void stop() noexcept { stop_.notify(); }

    /// Once `run` has returned.
    const Counters& counters() const { return counters_; }

protected:
    const Settings settings_;
    const Log log_;
    Counters counters_;
    posix::EventFd stop_;
};

}  // namespace iomux::server
