#include "mechanisms.hpp"

#include <sys/select.h>

#include <array>

#include "mechanism_options.hpp"

namespace iomux::raw {

using server::Family;
using server::Guarantees;
using server::Mechanism;
using server::Threads;

std::span<const Mechanism> mechanisms() {
    static const std::array all{
        Mechanism{.name = "minimal",
                  .family = Family::readiness,
                  .summary = "the baseline, a bare epoll loop: only --service echo with --framing chunk, no limits",
                  .needs = "Linux 2.6.27",
                  .make = make_minimal,
                  .guarantees = Guarantees::bare_echo,
                  .threads = Threads::one,
                  .datagrams = false},
        Mechanism{.name = "blocking",
                  .family = Family::blocking,
                  .summary = "blocking calls, one thread per connection: the scheduler is the multiplexer",
                  .needs = "any Linux",
                  .make = make_blocking,
                  .threads = Threads::of_the_clients,
                  .usual_max_connections = 4096,
                  .options = blocking_options()},
        Mechanism{.name = "pool",
                  .family = Family::blocking,
                  .summary = "blocking calls, --workers threads: a queued connection waits until another is closed",
                  .needs = "any Linux",
                  .make = make_pool,
                  .threads = Threads::of_the_clients,
                  .options = pool_options()},
        Mechanism{.name = "nonblocking",
                  .family = Family::polling,
                  .summary = "non-blocking polling: every pass tries every socket, ready or not",
                  .needs = "any Linux",
                  .make = make_nonblocking,
                  .options = polling_options()},
        Mechanism{.name = "select",
                  .family = Family::readiness,
                  .summary = "select(2): two bitmaps copied into and out of the kernel at every wait",
                  .needs = "descriptors below 1024",
                  .make = make_select,
                  .descriptor_ceiling = FD_SETSIZE},
        Mechanism{.name = "poll",
                  .family = Family::readiness,
                  .summary = "poll(2): an array copied into and out of the kernel at every wait",
                  .needs = "Linux 2.2",
                  .make = make_poll},
        Mechanism{.name = "epoll",
                  .family = Family::readiness,
                  .summary = "epoll(7), level-triggered: the kernel keeps the set; each wait returns what is ready",
                  .needs = "Linux 2.6.27",
                  .make = make_epoll},
        Mechanism{.name = "epoll-et",
                  .family = Family::readiness,
                  .summary = "epoll(7), edge-triggered: reports each change once, so sockets are read until empty",
                  .needs = "Linux 2.6.27",
                  .make = make_epoll_edge},
        Mechanism{.name = "epoll-oneshot",
                  .family = Family::readiness,
                  .summary = "epoll(7), one set for several threads: each event goes to one thread (EPOLLONESHOT)",
                  .needs = "Linux 2.6.27",
                  .make = make_epoll_oneshot,
                  .threads = Threads::together,
                  .usual_threads = 2},
        Mechanism{.name = "epoll-exclusive",
                  .family = Family::readiness,
                  .summary = "epoll(7), a set per thread, all with the same listener: a connection wakes one thread",
                  .needs = "Linux 4.5",
                  .make = make_epoll_exclusive,
                  .usual_threads = 2,
                  .accepting = server::Accepting::shared},
        Mechanism{.name = "io_uring",
                  .family = Family::completion,
                  .summary = "io_uring(7): requests and completions in queues shared with the kernel, in batches",
                  .needs = "Linux 6.0, liburing",
                  .make = make_io_uring,
                  .options = ring_options(),
                  .unavailable = io_uring_unavailable},
    };
    return all;
}

}  // namespace iomux::raw
