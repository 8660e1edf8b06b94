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

    /// Serves until it is stopped and the last connection has ended. Throws std::system_error if it cannot continue.
    virtual void run() = 0;

    /// Starts the drain: stop accepting, answer what has been received, and close every connection within the drain
    /// timeout. Any thread and any signal handler may call it.
    virtual void stop() noexcept { stop_.notify(); }

    /// Call it only once `run` has returned.
    const Counters& counters() const { return counters_; }

protected:
    const Settings settings_;
    const Log log_;
    Counters counters_;
    posix::EventFd stop_;
};

}  // namespace iomux::server
