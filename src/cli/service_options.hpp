#pragma once

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/variables_map.hpp>
#include <cstddef>
#include <optional>
#include <string_view>

#include "cli/program.hpp"
#include "posix/endpoint.hpp"
#include "protocol/dialect.hpp"

namespace iomux::cli {

/// Whether the user gave this option, and not its default.
bool given(const boost::program_options::variables_map& values, const char* option);
/// Throws UsageError where both were given.
void refuse_both(const boost::program_options::variables_map& values, const char* one, const char* other);
/// Throws UsageError where the first was given and the other, which it is about, was not.
void refuse_without(const boost::program_options::variables_map& values, const char* option, const char* other);
/// The value with the name that was given. Throws UsageError where there is none.
template <class Value>
Value named(const boost::program_options::variables_map& values, const char* option,
            std::optional<Value> (*find_named)(std::string_view));
[[noreturn]] void refuse_name(const boost::program_options::variables_map& values, const char* option);

/// `--address`, `--port`, `--unix`: where a service is, for servers and clients alike.
void add_endpoint_options(boost::program_options::options_description& options);
posix::Endpoint endpoint_of(const boost::program_options::variables_map& values);

/// `--udp`: datagrams, for clients.
void add_udp_option(boost::program_options::options_description& options);
/// Throws UsageError where `--udp` contradicts another of these options.
bool asks_for_datagrams(const boost::program_options::variables_map& values);
/// Throws UsageError where a message of this size, or its reply, is longer than a datagram may be.
void refuse_beyond_a_datagram(const protocol::Dialect& dialect, std::size_t message_size);

/// `--service`, `--suffix`, `--framing`, `--max-message`: what is spoken there.
void add_dialect_options(boost::program_options::options_description& options, protocol::Service usual_service);
/// Throws UsageError where it contradicts itself.
protocol::Dialect dialect_of(const boost::program_options::variables_map& values);

template <class Value>
Value named(const boost::program_options::variables_map& values, const char* option,
            std::optional<Value> (*find_named)(std::string_view)) {
    if (const std::optional<Value> value = find_named(values[option].as<std::string>())) return *value;
    refuse_name(values, option);
}

}  // namespace iomux::cli
