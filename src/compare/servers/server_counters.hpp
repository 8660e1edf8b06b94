#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string_view>

#include "compare/process/temporary_folder.hpp"
#include "compare/servers/server_spec.hpp"

namespace iomux::compare {

/// What a server of this project counted from its start to its end, including the time before and after the window.
struct ServerCounters {
    boost::json::object all;           ///< All counters that it wrote (`--stats`).
    std::uint64_t bytes_received = 0;  ///< Including framing.
    std::uint64_t waits = 0;           ///< How often its wait returned; 0 if it does not wait for events.
    std::uint64_t ready_events = 0;    ///< The events that these waits reported: ready descriptors, or completions.

    /// Nothing if the server does not wait, or its waits do not report a number of events.
    std::optional<double> events_per_wait() const;
};

/// Parses what `--stats` writes. Throws std::runtime_error if it is malformed.
ServerCounters server_counters_of(const boost::json::object& json);

/// A file for the counters that a server writes when it ends. This costs the server nothing during the measurement.
/// The constructor throws std::system_error.
class StatsFile {
public:
    /// The same server with an option to write its counters here. Servers without counters are unchanged, and so are
    /// servers for which the user has set `--stats`.
    ServerSpec filled_by(const ServerSpec& spec) const;
    /// The counters of a server that has ended. Nothing if they are missing or malformed.
    std::optional<ServerCounters> read() const;

private:
    TemporaryFolder folder_;
};

}  // namespace iomux::compare
