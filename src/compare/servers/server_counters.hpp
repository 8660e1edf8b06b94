#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string_view>

#include "compare/process/temporary_folder.hpp"
#include "compare/servers/server_spec.hpp"

namespace iomux::compare {

/// What a server of ours has counted itself, from its start to its end: what came before and after the window is in it.
struct ServerCounters {
    boost::json::object all;           ///< As it says them (`--stats`).
    std::uint64_t bytes_received = 0;  ///< Frames included.
    std::uint64_t waits = 0;           ///< Returns of its wait; 0 where nothing of ours waits.
    std::uint64_t ready_events = 0;    ///< What these reported: descriptors that were ready, or completions.

    /// Nothing where it does not wait, or is not told how much there is to do.
    std::optional<double> events_a_wait() const;
};

/// From what `--stats` writes. Throws std::runtime_error where it is something else.
ServerCounters server_counters_of(const boost::json::object& json);

/// Where a server writes its counters as it ends, which costs it nothing before. To make one throws std::system_error.
class StatsFile {
public:
    /// The same server, told to write them here: one of ours that counts, and was not told to write them elsewhere.
    ServerSpec filled_by(const ServerSpec& spec) const;
    /// Once it has ended. Nothing where it has not written them, or something else.
    std::optional<ServerCounters> read() const;

private:
    TemporaryFolder folder_;
};

}  // namespace iomux::compare
