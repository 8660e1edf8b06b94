#pragma once

#include <cstddef>
#include <memory>
#include <memory_resource>
#include <span>

#include "protocol/replies.hpp"
#include "server/counters.hpp"
#include "server/settings.hpp"
#include "server/timeout_lists.hpp"

namespace iomux::server {

/// What the connections of one loop share. One thread at a time uses it.
///
/// The receive buffer and the replies are lent to one connection at a time, from its read to its write: what it
/// could not parse or send by then it keeps itself. So an idle connection owns no buffer.
struct LoopContext {
    /// `memory`: for what connections keep; otherwise the loop's own pool.
    LoopContext(const Settings& settings_, const Log& log_, Counters& counters_,
                std::pmr::memory_resource* memory_ = nullptr)
        : settings(settings_), log(log_), counters(counters_), memory(memory_ != nullptr ? memory_ : &pool) {}
    /// Where connections go from loop to loop: what they keep, and until when they wait, belongs to all of the loops.
    LoopContext(const Settings& settings_, const Log& log_, Counters& counters_, std::pmr::memory_resource& memory_,
                TimeoutLists& deadlines_)
        : settings(settings_), log(log_), counters(counters_), memory(&memory_), deadlines(deadlines_) {}

    const Settings& settings;
    const Log& log;
    Counters& counters;
    /// Recycles, so that a steady load allocates nothing.
    std::pmr::unsynchronized_pool_resource pool{{.max_blocks_per_chunk = 16, .largest_required_pool_block = 1 << 20}};
    /// For what connections keep between turns.
    std::pmr::memory_resource* memory;
    /// Not written to before it is received into: a thread that serves small messages touches a page of it.
    const std::unique_ptr<std::byte[]> storage = std::make_unique_for_overwrite<std::byte[]>(receive_size());
    const std::span<std::byte> buffer{storage.get(), receive_size()};
    protocol::Replies replies{settings.limits.high_water, memory};
    TimeoutLists own_deadlines{settings.limits};
    TimeoutLists& deadlines = own_deadlines;

private:
    std::size_t receive_size() const { return settings.limits.receive_size; }
};

}  // namespace iomux::server
