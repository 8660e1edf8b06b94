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
#include "compare/statistics/statistics.hpp"

namespace iomux::compare {

enum class ClaimVerdict { holds, holds_only_when, does_not_hold, not_measured };
/// `holds`, `holds_only_when`, `does_not_hold`, `not_measured`.
std::string_view name_of(ClaimVerdict verdict);

struct ClaimFigure {
    std::string name;
    double value;
    std::string unit;                       ///< Empty if the figure is a count of what the name says.
    std::optional<Interval> interval = {};  ///< The 95 % confidence interval of an estimate that has one.
};
/// The unit of figures that are 1 for yes and 0 for no.
inline constexpr std::string_view yes_or_no_unit = "yes or no";

/// A statement about I/O models from the article the project started from (Python I/O multiplexing, 2020), the
/// experiment that tests it on this machine, and the result. The article explains blocking, non-blocking and
/// multiplexed I/O, and shows small servers on select and epoll. "The article" below is always this one.
struct Claim {
    std::string id;          ///< Identifies the claim for programs, such as `select-linear`.
    std::string statement;   ///< What the article says, in one sentence.
    std::string experiment;  ///< How it is tested here, in one sentence.
    std::vector<ClaimFigure> figures = {};
    ClaimVerdict verdict = ClaimVerdict::not_measured;
    std::string why = {};  ///< The condition (`holds_only_when`) or the reason.
};

// Each function below judges one claim. The verdict depends only on the measurements that are passed. If a figure that
// the claim needs is missing, the verdict is `not_measured`. Several measurements of one kind are in ascending order of
// the number that they vary, and the verdict says where it turns.

Claim blocking_suspends(const EmptyWait& wait);
Claim nonblocking_returns(const EmptyWait& wait);
Claim multiplexing_blocks_twice(const ExchangeSleeps& sleeps);
Claim two_calls_per_message(const std::vector<CallsPerMessage>& calls);
Claim files_block(const RegularFile& file);

/// How many of `waits` calls report a socket whose bytes are never read, for each mechanism.
struct TriggerCounts {
    std::size_t waits;
    std::size_t select;
    std::size_t epoll;
    std::size_t epoll_et;
};
Claim select_is_level_triggered(const TriggerCounts& counts);
Claim epoll_is_edge_triggered(const TriggerCounts& counts);

Claim select_looks_in_user_space(const std::vector<SelectWork>& all);
Claim select_grows_linearly(const MonitorResult& monitor);
Claim select_ends_at_1024(const PastFdSet& past);
Claim poll_has_no_limit(const PastFdSet& past, const PastLimit& limit);
Claim epoll_has_no_limit(const PastFdSet& past, const PastLimit& limit);
Claim epoll_is_independent_of_connections(const MonitorResult& monitor);
Claim epoll_is_far_cheaper(const MonitorResult& monitor);

Claim select_lists_exceptions(const HangupReports& reports);

Claim select_server_outlives_clients(const WatchedAndClosed& closed);
Claim select_server_writes_without_sleeping(const SendSpace& room);
/// What one recv returns: of several short messages, and of one message of several sizes.
struct Receives {
    std::vector<Coalesced> by_messages = {};
    std::vector<Coalesced> by_size = {};
};
Claim a_receive_is_a_message(const Receives& receives);

/// The article's epoll server reads once and accepts once for each event. These are the bytes or clients that it leaves
/// in the kernel: `edge` as the article writes it (edge-triggered), `level` if it were level-triggered.
struct UnreadAfterEvent {
    std::size_t sent;
    std::size_t edge;
    std::size_t level;
};
Claim epoll_server_reads_all(const std::vector<UnreadAfterEvent>& bytes);
Claim epoll_server_accepts_all(const std::vector<UnreadAfterEvent>& clients);
Claim epoll_server_notices_disconnects(const HangupReports& reports);

/// System calls per message of Boost.Asio's callbacks on epoll, and on io_uring if that program is built.
struct AsioCalls {
    ServerCalls epoll;
    std::optional<ServerCalls> ring;
};
Claim asio_is_a_proactor(const AsioCalls& calls);

/// Servers under the same load over the same number of connections.
struct LoadPoint {
    std::size_t connections = 0;
    std::vector<ServerResult> rows = {};
};
/// Each list has ascending numbers of connections.
struct ThreadingFigures {
    std::vector<LoadPoint> load = {};    ///< `epoll`, `blocking` and possibly others.
    std::vector<LoadPoint> memory = {};  ///< The memory of that many idle connections to `epoll` and `blocking`.
    std::vector<LoadPoint> pool = {};    ///< Only `pool`, with fewer and with more clients than it has threads.
};
Claim few_connections_are_for_threads(const ThreadingFigures& figures);
Claim threads_take_resources(const ThreadingFigures& figures);
Claim pool_size_must_be_chosen(const ThreadingFigures& figures);

}  // namespace iomux::compare
