#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include "cli/program.hpp"
#include "posix/endpoint.hpp"
#include "protocol/protocol_config.hpp"

namespace iomux::cli {

/// Whether the user gave this option; its default does not count.
bool given(const boost::program_options::variables_map& values, const char* option);
/// Throws UsageError if both were given.
void refuse_both(const boost::program_options::variables_map& values, const char* one, const char* other);
/// Throws UsageError if `option` was given without `other`, which it requires.
void refuse_without(const boost::program_options::variables_map& values, const char* option, const char* other);
/// The text of an option that has a value.
const std::string& text_of(const boost::program_options::variables_map& values, const char* option);
/// Finds the value that the option names. Throws UsageError if there is none; the error lists the names in `allowed`.
template <class Value>
Value named(const boost::program_options::variables_map& values, const char* option,
            std::optional<Value> (*find_named)(std::string_view), std::span<const std::string_view> allowed);
[[noreturn]] void refuse_name(const boost::program_options::variables_map& values, const char* option,
                              std::span<const std::string_view> allowed);
/// Throws UsageError: the value of `--work` is not allowed.
[[noreturn]] void refuse_simulated_work(const boost::program_options::variables_map& values);

/// What a program does at an endpoint: a server listens on it, a client connects to it.
enum class Role { server, client };

/// Adds `--address`, `--port` and `--unix`: the endpoint of a server.
void add_endpoint_options(boost::program_options::options_description& options, Role role);
posix::Endpoint endpoint_of(const boost::program_options::variables_map& values);

/// Adds `--bind-retry`: how long a server tries again to listen at an address that is in use.
void add_bind_retry_option(boost::program_options::options_description& options);
std::chrono::nanoseconds bind_retry_of(const boost::program_options::variables_map& values);
/// ` (tried for 1s)`; nothing if the time is 0, because the address was tried once.
std::string tried_for(std::chrono::nanoseconds time);
/// Why a server cannot listen at the endpoint, and what to do: `cannot listen on 127.0.0.1:8080: Address already in use
/// (tried for 1s); choose another --port (0: any free)`.
std::string listening_error(const std::system_error& error, const posix::Endpoint& endpoint,
                            std::chrono::nanoseconds tried);

/// Adds `--udp`, for clients.
void add_udp_option(boost::program_options::options_description& options);
/// Whether `--udp` was given. Throws UsageError if it is combined with `--unix` or `--framing`.
bool asks_for_datagrams(const boost::program_options::variables_map& values);
/// Throws UsageError if the reply to a message of this size does not fit into a datagram.
void refuse_beyond_a_datagram(const protocol::ProtocolConfig& protocol, std::size_t message_size);

/// Adds `--service`, `--suffix`, `--framing` and `--max-message`: the protocol. `service_remark` ends the help of
/// `--service`.
void add_protocol_options(boost::program_options::options_description& options, protocol::Service usual_service,
                          const std::string& service_remark = "");
/// Throws UsageError if the options contradict each other.
protocol::ProtocolConfig protocol_of(const boost::program_options::variables_map& values);

/// The options that a client and a server must have in common: `--service, --suffix and --framing`. Only the service
/// suffix has a suffix, and datagrams have no framing.
std::string options_in_common(std::string_view conjunction, const protocol::ProtocolConfig& protocol, bool datagrams);
/// How to make a client and a server agree, with the options of both sides: `start it with --service echo --framing
/// chunk, or give iomux-load the server's options (its defaults are --service suffix --suffix _suffix --framing
/// chunk)`.
std::string how_to_agree(std::string_view client, const protocol::ProtocolConfig& protocol, bool datagrams);
/// The same after an error whose cause is not certain: `if the server has another --service or --framing, start it …`.
std::string if_the_protocols_differ(std::string_view client, const protocol::ProtocolConfig& protocol, bool datagrams);

/// The end of the error `cannot connect to …: …`, if it says what to do: no local port is left, or the address cannot
/// be used. Otherwise empty.
std::string hint_about_connecting(std::string_view error, const posix::Endpoint& endpoint);
/// The end of an error about a refused connection: `; start a server there first: ./iomux run iomux-raw epoll --port
/// 9`, with the options of a server that listens on this endpoint and serves this protocol.
std::string hint_to_start_a_server(const posix::Endpoint& endpoint, const protocol::ProtocolConfig& protocol,
                                   bool datagrams);

template <class Value>
Value named(const boost::program_options::variables_map& values, const char* option,
            std::optional<Value> (*find_named)(std::string_view), std::span<const std::string_view> allowed) {
    if (const std::optional<Value> value = find_named(text_of(values, option))) return *value;
    refuse_name(values, option, allowed);
}

}  // namespace iomux::cli
