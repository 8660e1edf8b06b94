#include "cli/service_options.hpp"

#include <fmt/core.h>
#include <fmt/ostream.h>

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <boost/program_options/variables_map.hpp>
#include <stdexcept>

#include "cli/error_text.hpp"
#include "cli/nearest.hpp"
#include "cli/printable.hpp"
#include "cli/values.hpp"
#include "posix/socket.hpp"

namespace iomux::cli {

namespace po = boost::program_options;

namespace {

constexpr const char* usual_address = "127.0.0.1";

// What is wrong with an address that no socket takes. Nothing if it is not known.
std::string hint_about_address(const posix::Endpoint& endpoint) {
    if (endpoint.lacks_interface())
        return fmt::format("; a link-local address needs its interface, such as {}%eth0", endpoint.host());
    if (endpoint.is_multicast())
        return "; a server cannot listen on a multicast address; 0.0.0.0 and :: mean all addresses of this machine";
    if (posix::is_broadcast(endpoint))
        return "; a server cannot listen on a broadcast address; 0.0.0.0 and :: mean all addresses of this machine";
    return "";
}

}  // namespace

bool given(const po::variables_map& values, const char* option) {
    return values.count(option) != 0 && !values[option].defaulted();
}

void refuse_both(const po::variables_map& values, const char* one, const char* other) {
    if (given(values, one) && given(values, other))
        throw UsageError(
            fmt::format("{} and {} cannot be combined", written_as(values, one), written_as(values, other)));
}

void refuse_without(const po::variables_map& values, const char* option, const char* other) {
    if (given(values, option) && !given(values, other))
        throw UsageError(fmt::format("{} requires --{}", written_as(values, option), other));
}

const std::string& text_of(const po::variables_map& values, const char* option) {
    return values[option].as<std::string>();
}

void refuse_name(const po::variables_map& values, const char* option, std::span<const std::string_view> allowed) {
    const std::string& name = text_of(values, option);
    throw UsageError(
        fmt::format("{} {}: {}", written_as(values, option), shown_value(name), not_one_of(name, allowed)));
}

void refuse_simulated_work(const po::variables_map& values) {
    throw UsageError(fmt::format("{} {}: expected busy:TIME or sleep:TIME with at most 10s, such as busy:50us",
                                 written_as(values, "work"), shown_value(text_of(values, "work"))));
}

void add_endpoint_options(po::options_description& options, Role role) {
    const bool listens = role == Role::server;
    auto add = options.add_options();
    add("address", po::value<std::string>()->default_value(usual_address),
        listens ? "IPv4 address, IPv6 address (::1 or [::1]) or host name"
                : "the server's IPv4 address, IPv6 address (::1 or [::1]) or host name");
    add("port", po::value<Port>()->default_value({8080}),
        listens ? "TCP port; 0: a free port that the kernel chooses" : "the server's port");
    add("unix", po::value<std::string>()->value_name("PATH"), "use the Unix socket at PATH instead of TCP");
}

posix::Endpoint endpoint_of(const po::variables_map& values) {
    refuse_both(values, "unix", "address");
    refuse_both(values, "unix", "port");
    const bool is_unix = values.count("unix") != 0;
    try {
        if (is_unix) return posix::Endpoint::unix_path(values["unix"].as<std::string>());
        return posix::Endpoint::internet(values["address"].as<std::string>(),
                                         static_cast<std::uint16_t>(values["port"].as<Port>().value));
    } catch (const std::exception& error) {
        throw std::runtime_error(place_of(values, is_unix ? "unix" : "address") + error_text(error));
    }
}

void add_bind_retry_option(po::options_description& options) {
    options.add_options()(
        "bind-retry", po::value<Duration>()->value_name("TIME")->default_value({std::chrono::seconds(1)}),
        "how long to try again if the address is in use, as it may be for a moment after a server was killed; 0: try "
        "once");
}

std::chrono::nanoseconds bind_retry_of(const po::variables_map& values) {
    return values["bind-retry"].as<Duration>().time;
}

std::string tried_for(std::chrono::nanoseconds time) {
    return time.count() > 0 ? fmt::format(" (tried for {})", fmt::streamed(Duration{time})) : "";
}

std::string listening_error(const std::system_error& error, const posix::Endpoint& endpoint,
                            std::chrono::nanoseconds tried) {
    const std::error_code answer = error.code();
    if (answer == std::errc::address_not_available)
        return fmt::format("{}; it is not an address of this machine", error.what());
    if (answer == std::errc::invalid_argument) return error.what() + hint_about_address(endpoint);
    if (answer == std::errc::permission_denied && !endpoint.is_unix())
        return fmt::format(
            "{}; ports below net.ipv4.ip_unprivileged_port_start (usually 1024) need root or CAP_NET_BIND_SERVICE; "
            "choose another --port",
            error.what());
    if (answer != std::errc::address_in_use) return error.what();
    if (posix::is_other_file(endpoint))
        return fmt::format("{}; it exists and is not a socket; choose another --unix path", error.what());
    return fmt::format("{}{}; choose another {}", error.what(), tried_for(tried),
                       endpoint.is_unix() ? "--unix path" : "--port (0: any free)");
}

void add_udp_option(po::options_description& options) {
    options.add_options()("udp",
                          "use UDP datagrams instead of connections; each datagram is one message, without framing");
}

bool asks_for_datagrams(const po::variables_map& values) {
    for (const char* other : {"unix", "framing"}) refuse_both(values, "udp", other);
    return given(values, "udp");
}

void refuse_beyond_a_datagram(const protocol::ProtocolConfig& protocol, std::size_t message_size) {
    const std::size_t reply_size = message_size + protocol.reply_suffix().size();
    if (reply_size > posix::longest_datagram)
        throw UsageError(fmt::format("the reply would have {} bytes, but a datagram holds at most {}; send less",
                                     reply_size, posix::longest_datagram));
}

void add_protocol_options(po::options_description& options, protocol::Service usual_service,
                          const std::string& service_remark) {
    const protocol::ProtocolConfig usual;
    auto add = options.add_options();
    add("service", po::value<std::string>()->default_value(std::string(name_of(usual_service))),
        ("the reply: suffix (the message and a suffix), echo (the message, RFC 862) or discard (none, RFC 863)" +
         service_remark)
            .c_str());
    add("suffix", po::value<std::string>()->default_value(usual.suffix),
        "what --service suffix appends to the message");
    add("framing", po::value<std::string>()->default_value(std::string(name_of(usual.framing))),
        "what a message is: chunk (the bytes that one read returns), line (up to LF) or length (the bytes after a "
        "32-bit big-endian length)");
    add("max-message", po::value<Size>()->default_value({usual.max_message}),
        "longest message, such as 65536, 64K or 1M (powers of 1,024). A longer one is a protocol error; with chunk "
        "framing it is split into several messages");
}

protocol::ProtocolConfig protocol_of(const po::variables_map& values) {
    protocol::ProtocolConfig protocol;
    protocol.service = named(values, "service", &protocol::service_named, protocol::service_names);
    protocol.framing = named(values, "framing", &protocol::framing_named, protocol::framing_names);
    protocol.suffix = values["suffix"].as<std::string>();
    protocol.max_message = values["max-message"].as<Size>().bytes;
    if (given(values, "suffix") && protocol.service != protocol::Service::suffix)
        throw UsageError(fmt::format("{} cannot be combined with {} {}", written_as(values, "suffix"),
                                     written_as(values, "service"), name_of(protocol.service)));
    if (const auto why = protocol.contradiction()) {
        const bool has_valid_limit =
            protocol.max_message >= 1 && protocol.max_message <= protocol::ProtocolConfig::longest_message;
        throw UsageError(fmt::format("{}: {}", written_as(values, has_valid_limit ? "suffix" : "max-message"), *why));
    }
    return protocol;
}

std::string options_in_common(std::string_view conjunction, const protocol::ProtocolConfig& protocol, bool datagrams) {
    std::vector<std::string_view> names{"--service"};
    if (protocol.service == protocol::Service::suffix) names.emplace_back("--suffix");
    if (!datagrams) names.emplace_back("--framing");
    const std::string_view last = names.back();
    names.pop_back();
    return names.empty() ? std::string(last) : fmt::format("{} {} {}", fmt::join(names, ", "), conjunction, last);
}

std::string how_to_agree(std::string_view client, const protocol::ProtocolConfig& protocol, bool datagrams) {
    const auto options = [datagrams](const protocol::ProtocolConfig& of) {
        const bool has_suffix = of.service == protocol::Service::suffix;
        const std::string suffix = has_suffix ? " --suffix " + well_formed_line(of.suffix) : "";
        const std::string framing = datagrams ? "" : fmt::format(" --framing {}", name_of(of.framing));
        return fmt::format("--service {}{}{}", name_of(of.service), suffix, framing);
    };
    return fmt::format("start it with {}, or give {} the server's options (its defaults are {})", options(protocol),
                       client, options(protocol::ProtocolConfig()));
}

std::string if_the_protocols_differ(std::string_view client, const protocol::ProtocolConfig& protocol, bool datagrams) {
    return fmt::format("if the server has another {}, {}", options_in_common("or", protocol, datagrams),
                       how_to_agree(client, protocol, datagrams));
}

std::string hint_about_connecting(std::string_view error, const posix::Endpoint& endpoint) {
    const auto is = [&](std::errc answer) { return error.ends_with(": " + std::make_error_code(answer).message()); };
    if (endpoint.is_unix() || !error.starts_with("cannot connect to ")) return "";
    if (is(std::errc::invalid_argument)) return hint_about_address(endpoint);
    // TCP reports the first, UDP the second.
    if (is(std::errc::address_not_available) || is(std::errc::resource_unavailable_try_again))
        return "; no local port is left; use fewer connections, or widen the range of ports (sysctl "
               "net.ipv4.ip_local_port_range)";
    return "";
}

std::string hint_to_start_a_server(const posix::Endpoint& endpoint, const protocol::ProtocolConfig& protocol,
                                   bool datagrams) {
    const std::string address = endpoint.host() == usual_address ? "" : fmt::format("--address {} ", endpoint.host());
    const std::string where = endpoint.is_unix() ? fmt::format("--unix {}", well_formed_line(endpoint.path()))
                                                 : fmt::format("{}--port {}", address, endpoint.port());
    const std::string framing = protocol.framing == protocol::ProtocolConfig().framing
                                    ? ""
                                    : fmt::format(" --framing {}", name_of(protocol.framing));
    return fmt::format("; start a server there first: ./iomux run iomux-raw epoll {} --service {}{}{}", where,
                       name_of(protocol.service), framing, datagrams ? " --udp" : "");
}

}  // namespace iomux::cli
