#include "mechanisms.hpp"

#include <sys/select.h>

#include <array>
#include <bit>
#include <stdexcept>

#include "mechanism_options.hpp"
#include "server/threaded_server.hpp"

namespace iomux::raw {

using server::Family;
using server::Guarantees;
using server::Mechanism;
using server::Numbers;
using server::own_flag;
using server::own_option;
using server::OwnOption;
using server::Sizes;
using server::Threads;
using server::Times;

namespace {

struct PowersOfTwo : Numbers {
    std::uint64_t parse(std::string_view text) const {
        const std::uint64_t number = Numbers::parse(text);
        if (!std::has_single_bit(number)) throw std::invalid_argument("expected a power of two");
        return number;
    }
};

std::span<const OwnOption> pool_options() {
    static const std::array options{
        own_option("workers", &PoolOptions::workers, Numbers{1, 1024},
                   "pool only: threads, and so the connections that are served at once"),
        own_option("queue", &PoolOptions::queue, Numbers{1, 1'000'000'000},
                   "pool only: connections that may wait for a worker; one more is closed at once"),
        server::stack_size_option(),
    };
    return options;
}

std::span<const OwnOption> blocking_options() {
    static const std::array options{server::stack_size_option()};
    return options;
}

std::span<const OwnOption> polling_options() {
    static const std::array options{
        own_option("poll-interval", &PollingOptions::interval, Times(),
                   "nonblocking only: how long to sleep after an idle pass; 0 busy-waits"),
    };
    return options;
}

std::span<const OwnOption> ring_options() {
    // A smaller buffer would hold less than is reserved beside it (ProvidedBuffers). A larger one would not be filled.
    static const Sizes buffer_sizes{64, server::Limits().receive_size};
    static const std::array options{
        own_option("ring-entries", &RingOptions::entries, Numbers{1, 32768},
                   "io_uring only: entries of the submission queue; the completion queue has four times as many"),
        own_option("ring-buffers", &RingOptions::buffers, PowersOfTwo{{1, 32768}},
                   "io_uring only: buffers that the kernel receives into; a power of two"),
        own_option("ring-buffer-size", &RingOptions::buffer_size, buffer_sizes,
                   "io_uring only: bytes of each buffer; with chunk framing also the longest message"),
        own_flag("ring-plain", &RingOptions::plain,
                 "io_uring only: without SINGLE_ISSUER and DEFER_TASKRUN, as on kernels before 6.1"),
    };
    return options;
}

}  // namespace

std::span<const Mechanism> mechanisms() {
    static const std::array all{
        Mechanism{.name = "minimal",
                  .family = Family::readiness,
                  .summary = "the epoll echo loop of every tutorial, without any protection: the baseline",
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
                  .summary = "blocking calls, --workers threads: the connections beyond them wait in a queue",
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
                  .summary = "epoll(7), a set per thread, one listener in all: a connection wakes one thread",
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
