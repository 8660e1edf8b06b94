#include "mechanism_options.hpp"

#include <array>
#include <bit>
#include <stdexcept>

#include "server/settings.hpp"
#include "server/threaded_server.hpp"

namespace iomux::raw {

using server::Numbers;
using server::own_flag;
using server::own_option;
using server::OwnOption;
using server::Sizes;
using server::Times;

namespace {

struct PowersOfTwo : Numbers {
    std::uint64_t parse(std::string_view text) const {
        const std::uint64_t number = Numbers::parse(text);
        if (!std::has_single_bit(number)) throw std::invalid_argument("expected a power of two");
        return number;
    }
};

}  // namespace

std::span<const OwnOption> blocking_options() {
    static const std::array options{server::stack_size_option()};
    return options;
}

std::span<const OwnOption> pool_options() {
    static const std::array options{
        own_option("workers", &PoolOptions::workers, Numbers{1, 1024},
                   "pool only: number of threads, which is also the number of connections served at once"),
        own_option("queue", &PoolOptions::queue, Numbers{1, 1'000'000'000},
                   "pool only: connections that may wait for a worker; one more is closed at once"),
        server::stack_size_option(),
    };
    return options;
}

std::span<const OwnOption> polling_options() {
    static const std::array options{
        own_option("poll-interval", &PollingOptions::interval, Times(),
                   "nonblocking only: how long to sleep after a pass that found nothing to do; 0 busy-waits"),
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

}  // namespace iomux::raw
