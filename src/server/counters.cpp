#include "server/counters.hpp"

#include <boost/json.hpp>

namespace iomux::server {
namespace {

struct CauseNames {
    std::string_view name;
    std::string_view phrase;
};
constexpr std::array<CauseNames, cause_count> causes{{
    {"end_of_file", "end of file"},
    {"reset", "connection reset"},
    {"error", "socket error"},
    {"protocol_error", "protocol error"},
    {"drained", "the server stops"},
    {"drain_timeout", "the server stops, and the client did not read in time"},
}};

}  // namespace

std::string_view name_of(Cause cause) { return causes[static_cast<std::size_t>(cause)].name; }
std::string_view phrase_of(Cause cause) { return causes[static_cast<std::size_t>(cause)].phrase; }

std::string to_json(const Counters& counters, std::string_view mechanism) {
    boost::json::object closed;
    for (std::size_t i = 0; i < cause_count; ++i) closed[causes[i].name] = counters.closed[i];
    const boost::json::object all{
        {"mechanism", mechanism},
        {"accepted", counters.accepted},
        {"refused", counters.refused},
        {"accept_pauses", counters.accept_pauses},
        {"closed", closed},
        {"messages", counters.messages},
        {"bytes_received", counters.bytes_received},
        {"bytes_sent", counters.bytes_sent},
        {"waits", counters.waits},
        {"ready_events", counters.ready_events},
        {"would_block", counters.would_block},
    };
    return boost::json::serialize(all);
}

}  // namespace iomux::server
