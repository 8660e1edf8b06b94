#pragma once

#include <chrono>
#include <cstddef>
#include <span>

#include "server/own_options.hpp"

namespace iomux::raw {

// Options that one mechanism has: the struct that they set, and what the mechanism registers (mechanisms.cpp).

/// blocking: server::BlockingOptions.
std::span<const server::OwnOption> blocking_options();

/// pool: its threads and its queue.
struct PoolOptions {
    std::size_t workers = 8;   ///< Threads, and so the connections that are served at once.
    std::size_t queue = 1024;  ///< Connections that may wait for a worker. One more is closed at once.
};
std::span<const server::OwnOption> pool_options();

/// nonblocking: its pauses.
struct PollingOptions {
    /// How long it sleeps after a pass that moved no bytes. 0: it busy-waits.
    std::chrono::nanoseconds interval = std::chrono::milliseconds(1);
};
std::span<const server::OwnOption> polling_options();

/// io_uring: the parameters of the ring.
struct RingOptions {
    unsigned entries = 512;  ///< Entries of the submission queue. The completion queue has four times as many.
    unsigned buffers = 128;  ///< Buffers that the kernel receives into. A power of two.
    std::size_t buffer_size = 64 * 1024;  ///< Bytes of each buffer.
    bool plain = false;                   ///< Without SINGLE_ISSUER and DEFER_TASKRUN, as on kernels before 6.1.
};
std::span<const server::OwnOption> ring_options();

}  // namespace iomux::raw
