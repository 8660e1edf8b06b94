#pragma once

#include <cstddef>
#include <memory>
#include <memory_resource>
#include <span>

#include "protocol/replies.hpp"
#include "server/counters.hpp"
#include "server/gather_list.hpp"
#include "server/settings.hpp"
#include "server/timeout_lists.hpp"

namespace iomux::server {

/// What the connections of one loop share. Only one thread uses it at a time.
///
/// One connection at a time uses the receive buffer and the replies, from its read to its write. A connection stores
/// for itself what it could not parse or send by then, so an idle connection owns no buffer.
struct LoopContext {
    /// `memory` is for what connections store between turns. Null means the loop's own pool.
    LoopContext(const Settings& settings_, const Log& log_, Counters& counters_,
                std::pmr::memory_resource* memory_ = nullptr)
        : settings(settings_), log(log_), counters(counters_), memory(memory_ != nullptr ? memory_ : &pool) {}
    /// For connections that move between loops: the loops share `memory` and `timeouts`.
    LoopContext(const Settings& settings_, const Log& log_, Counters& counters_, std::pmr::memory_resource& memory_,
                TimeoutLists& timeouts_)
        : settings(settings_), log(log_), counters(counters_), memory(&memory_), timeouts(timeouts_) {}

    const Settings& settings;
    const Log& log;
    Counters& counters;
    /// Reuses blocks, so that a steady load does not allocate.
    std::pmr::unsynchronized_pool_resource pool{{.max_blocks_per_chunk = 16, .largest_required_pool_block = 1 << 20}};
    /// For what connections store between turns.
    std::pmr::memory_resource* memory;
    /// Not initialised, so that a thread that serves small messages touches only its first page.
    const std::unique_ptr<std::byte[]> storage = std::make_unique_for_overwrite<std::byte[]>(receive_size());
    const std::span<std::byte> buffer{storage.get(), receive_size()};
    protocol::Replies replies{settings.limits.high_water, memory};
    GatherList gather_list;
    TimeoutLists own_timeouts{settings.limits};
    TimeoutLists& timeouts = own_timeouts;

private:
    std::size_t receive_size() const { return settings.limits.receive_size; }
};

}  // namespace iomux::server
