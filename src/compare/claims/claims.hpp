#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compare/measure/server_calls.hpp"
#include "compare/measure/server_result.hpp"
#include "compare/mechanisms/connections.hpp"
#include "compare/mechanisms/descriptors.hpp"
#include "compare/mechanisms/monitor.hpp"
#include "compare/mechanisms/sleeps.hpp"
#include "compare/mechanisms/system_calls.hpp"

namespace iomux::compare {

enum class ClaimVerdict { holds, holds_only_when, does_not_hold, not_measured };
/// `holds`, `holds_only_when`, `does_not_hold`, `not_measured`.
std::string_view name_of(ClaimVerdict finding);

struct ClaimFigure {
    std::string name;
    double value;
    std::string unit;  ///< Nothing for a number of what the name says.
};
/// The unit of what is so (1) or not (0).
inline constexpr std::string_view yes_or_no_unit = "yes or no";

/// Something that the document says of the models, what was done here to see whether it is so, and what came of it.
struct Claim {
    std::string id;          ///< A word or two with hyphens between, by which programs find it.
    std::string statement;   ///< What the document says, in one sentence.
    std::string experiment;  ///< What was done here, in one sentence.
    std::vector<ClaimFigure> figures = {};
    ClaimVerdict verdict = ClaimVerdict::not_measured;
    std::string why = {};  ///< The condition, or the reason.
};

// What follows from what was measured, and from that alone: each claim's verdict is that of its figures. Where the
// monitor has no figure that a claim needs, the claim is not measured.

Claim blocking_suspends(const FruitlessWait& wait);
Claim nonblocking_returns(const FruitlessWait& wait);
Claim multiplexing_blocks_twice(const ExchangeSleeps& sleeps);
/// Of one client, and of many that send at once.
Claim two_calls_a_message(const CallsAMessage& one, const CallsAMessage& many);
Claim files_block(const RegularFile& file);

/// How many of so many waits report bytes that nobody reads.
struct TriggerCounts {
    std::size_t waits;
    std::size_t select;
    std::size_t epoll;
    std::size_t epoll_et;
};
Claim select_is_level_triggered(const TriggerCounts& counts);
Claim epoll_is_edge_triggered(const TriggerCounts& counts);

Claim select_looks_in_user_space(const SelectWork& work);
Claim select_grows_linearly(const MonitorResult& monitor);
Claim select_ends_at_1024(const PastFdSet& past);
Claim poll_has_no_limit(const PastFdSet& past, const PastLimit& limit);
Claim epoll_has_no_limit(const PastFdSet& past, const PastLimit& limit);
Claim epoll_is_independent_of_connections(const MonitorResult& monitor);
Claim epoll_is_far_cheaper(const MonitorResult& monitor);

Claim select_lists_exceptions(const HangupReports& reports);

Claim select_server_outlives_clients(const WatchedAndClosed& closed);
Claim select_server_writes_without_sleeping(const Room& room);
Claim a_receive_is_a_message(const Coalesced& coalesced);

/// What the document's epoll server, which reads once and accepts once for an event, leaves in the kernel: as it is,
/// edge-triggered, and were it level-triggered.
struct UnreadAfterEvent {
    std::size_t sent;
    std::size_t edge;
    std::size_t level;
};
Claim epoll_server_reads_all(const UnreadAfterEvent& bytes);
Claim epoll_server_accepts_all(const UnreadAfterEvent& clients);
Claim epoll_server_notices_who_leaves(const HangupReports& reports);

/// What Boost.Asio's callbacks call for a message on epoll, and where they are built on io_uring.
struct AsioCalls {
    ServerCalls epoll;
    std::optional<ServerCalls> ring;
};
Claim asio_is_a_proactor(const AsioCalls& calls);

/// Servers under the same load over so many connections: `epoll`, `blocking` and perhaps others, with their memory for
/// an idle connection of as many.
struct LoadPoint {
    std::size_t connections = 0;
    std::vector<ServerResult> rows = {};
};
struct ThreadingFigures {
    LoadPoint few;
    LoadPoint many;
    LoadPoint of_pool;  ///< `pool` alone, with more clients than it has threads.
};
Claim few_connections_are_for_threads(const ThreadingFigures& crowds);
Claim threads_take_resources(const ThreadingFigures& crowds);
Claim a_pools_size_is_to_be_chosen(const ThreadingFigures& crowds);

}  // namespace iomux::compare
