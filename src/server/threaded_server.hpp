#pragma once

#include <functional>

#include "posix/unique_fd.hpp"
#include "server/accept_policy.hpp"
#include "server/blocked_threads.hpp"
#include "server/server.hpp"
#include "server/sockets.hpp"
#include "server/thread_group.hpp"

namespace iomux::server {

/// Options of the mechanisms whose threads block.
struct BlockingOptions {
    std::size_t stack_size = 64 * 1024;  ///< Bytes of address space for each thread's stack.
};
/// `--stack-size`, which each of these mechanisms registers.
OwnOption stack_size_option();

/// What all servers whose threads block in their calls do alike: the thread that accepts, the one for datagrams, the
/// stop, the drain, pauses of accepting.
///
/// A mechanism says how it accepts, and what its other threads do. Its destructor calls `drain`, for the threads that
/// still run after a failure.
class ThreadedServer : public Server {
public:
    /// `datagrams`: the socket, if datagrams are served.
    ThreadedServer(posix::UniqueFd datagrams, const Settings& settings);

    void run() final;

protected:
    /// Makes the listener block, unless it was handed over, and starts the threads that serve no particular client.
    virtual void listen() = 0;
    /// Accepts, in the accept thread. Sleeps until a connection comes if the listener blocks. Returns if the backlog is
    /// empty, the turn's share is taken, accepting has paused, or the server stops.
    virtual void accept() = 0;
    /// Closes the listener. The accept thread has ended.
    virtual void stop_listening() = 0;
    virtual int accepting_fd() = 0;
    virtual AcceptPolicy& policy() = 0;

    /// Stops accepting, and lets the threads end their connections within the drain timeout.
    void drain();

    BlockedThreads blocked_;
    /// Those that serve clients.
    ThreadGroup client_threads_;

private:
    void accept_until_stopped();
    void answer_datagrams(Counters& counters);

    posix::UniqueFd datagrams_;
    BlockedThreads accepting_;
    ThreadGroup accept_thread_;
};

}  // namespace iomux::server
