#include "cli/service_options.hpp"

#include <fmt/core.h>

#include <boost/program_options/value_semantic.hpp>
#include <string>

#include "cli/values.hpp"
#include "posix/socket.hpp"

namespace iomux::cli {

namespace po = boost::program_options;

bool given(const po::variables_map& values, const char* option) {
    return values.count(option) != 0 && !values[option].defaulted();
}

void refuse_both(const po::variables_map& values, const char* one, const char* other) {
    if (given(values, one) && given(values, other))
        throw UsageError(fmt::format("--{} and --{} contradict each other", one, other));
}

void refuse_without(const po::variables_map& values, const char* option, const char* other) {
    if (given(values, option) && !given(values, other))
        throw UsageError(fmt::format("--{} goes with --{}", option, other));
}

void refuse_name(const po::variables_map& values, const char* option) {
    throw UsageError(fmt::format("'{}' is no value for option '--{}'", values[option].as<std::string>(), option));
}

void add_endpoint_options(po::options_description& options) {
    auto add = options.add_options();
    add("address", po::value<std::string>()->default_value("127.0.0.1"), "IPv4 or IPv6 address, or a name");
    add("port", po::value<Port>()->default_value({8080}), "TCP port; a server takes 0 for one that the kernel picks");
    add("unix", po::value<std::string>()->value_name("PATH"), "a Unix socket instead");
}

posix::Endpoint endpoint_of(const po::variables_map& values) {
    refuse_both(values, "unix", "address");
    refuse_both(values, "unix", "port");
    if (values.count("unix") != 0) return posix::Endpoint::unix_path(values["unix"].as<std::string>());
    return posix::Endpoint::internet(values["address"].as<std::string>(),
                                     static_cast<std::uint16_t>(values["port"].as<Port>().value));
}

void add_udp_option(po::options_description& options) {
    options.add_options()("udp",
                          "datagrams instead of connections, to the UDP port; each is a message, without --framing");
}

bool asks_for_datagrams(const po::variables_map& values) {
    for (const char* other : {"unix", "framing"}) refuse_both(values, "udp", other);
    return given(values, "udp");
}

void refuse_beyond_a_datagram(const protocol::Dialect& dialect, std::size_t message_size) {
    const std::size_t reply_size = message_size + dialect.reply_suffix().size();
    if (reply_size > posix::longest_datagram)
        throw UsageError(fmt::format("a datagram holds {} bytes at most, and a reply would have {}",
                                     posix::longest_datagram, reply_size));
}

void add_dialect_options(po::options_description& options, protocol::Service usual_service) {
    const protocol::Dialect usual;
    auto add = options.add_options();
    add("service", po::value<std::string>()->default_value(std::string(name_of(usual_service))),
        "suffix: the message and a suffix; echo: the message (RFC 862); discard: nothing (RFC 863)");
    add("suffix", po::value<std::string>()->default_value(usual.suffix), "what service suffix adds");
    add("framing", po::value<std::string>()->default_value(std::string(name_of(usual.framing))),
        "what a message is. chunk: what one read returns; line: up to LF; length: 32-bit big-endian length first");
    add("max-message", po::value<Size>()->default_value({usual.max_message}),
        "a longer message is a protocol error (chunk: it is cut); 65536, 64K, 1M");
}

protocol::Dialect dialect_of(const po::variables_map& values) {
    protocol::Dialect dialect;
    dialect.service = named(values, "service", &protocol::service_named);
    dialect.framing = named(values, "framing", &protocol::framing_named);
    dialect.suffix = values["suffix"].as<std::string>();
    dialect.max_message = values["max-message"].as<Size>().bytes;
    if (given(values, "suffix") && dialect.service != protocol::Service::suffix)
        throw UsageError(fmt::format("--suffix and --service {} contradict each other", name_of(dialect.service)));
    if (const auto why = dialect.contradiction()) throw UsageError(*why);
    return dialect;
}

}  // namespace iomux::cli
