#include "server/counters.hpp"

#include <boost/json.hpp>

#include "cli/json_text.hpp"

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
    {"idle_timeout", "idle timeout"},
    {"message_timeout", "message timeout"},
    {"write_timeout", "write timeout"},
    {"drained", "server stopping"},
    {"drain_timeout", "drain timeout"},
}};

}  // namespace

std::string_view name_of(Cause cause) { return causes[static_cast<std::size_t>(cause)].name; }
std::string_view phrase_of(Cause cause) { return causes[static_cast<std::size_t>(cause)].phrase; }

void Counters::add(const Counters& other) {
    accepted += other.accepted;
    refused += other.refused;
    accept_pauses += other.accept_pauses;
    for (std::size_t i = 0; i < cause_count; ++i) closed[i] += other.closed[i];
    messages += other.messages;
    datagrams_received += other.datagrams_received;
    datagrams_sent += other.datagrams_sent;
    datagrams_dropped += other.datagrams_dropped;
    bytes_received += other.bytes_received;
    bytes_sent += other.bytes_sent;
    waits += other.waits;
    ready_events += other.ready_events;
    would_block += other.would_block;
}

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
        {"datagrams_received", counters.datagrams_received},
        {"datagrams_sent", counters.datagrams_sent},
        {"datagrams_dropped", counters.datagrams_dropped},
        {"bytes_received", counters.bytes_received},
        {"bytes_sent", counters.bytes_sent},
        {"waits", counters.waits},
        {"ready_events", counters.ready_events},
        {"would_block", counters.would_block},
        {"accepted_by_thread",
         boost::json::array(counters.accepted_by_thread.begin(), counters.accepted_by_thread.end())},
    };
    return cli::json_text(all);
}

}  // namespace iomux::server
