#include "client/options.hpp"

#include <fmt/core.h>

#include <boost/program_options.hpp>
#include <sstream>

#include "cli/program.hpp"
#include "cli/service_options.hpp"
#include "cli/values.hpp"
#include "protocol/requests.hpp"

namespace iomux::client {
namespace {

namespace po = boost::program_options;

// Each has its own thread.
using Connections = cli::Whole<1, 10'000>;

po::options_description described_options() {
    const Options defaults;
    po::options_description server("Server");
    cli::add_endpoint_options(server, cli::Role::client);
    cli::add_udp_option(server);
    cli::add_protocol_options(server, defaults.script.protocol.service);

    po::options_description talk("Conversation");
    auto add = talk.add_options();
    add("connections", po::value<Connections>()->default_value({defaults.connections}),
        "number of connections (with --udp: sockets); each has its own thread");
    add("message", po::value<std::string>()->default_value(defaults.script.message),
        "the message that each connection sends");
    add("count", po::value<cli::Count>(), "how many messages each connection sends; default: unlimited");
    add("interval", po::value<cli::Duration>()->default_value({defaults.script.interval}),
        "pause between a reply and the next message, such as 1, 0.5 or 250ms");
    add("reply-timeout", po::value<cli::Duration>()->default_value({defaults.script.reply_timeout}),
        "with --udp: how long to wait for a reply; then the message is lost, and the next is sent");
    cli::add_information_options(talk);

    po::options_description all;
    all.add(server).add(talk);
    return all;
}

std::string help_text() {
    std::ostringstream text;
    text << "Usage: iomux-client [OPTION]...\n\n"
         << "Sends a message repeatedly on several connections. Prints every reply after the number of its\n"
            "connection, for example: 3: hi_suffix\n"
         << described_options() << "\n"
         << "Exit status: 0 done or stopped by a signal, 1 a wrong or lost reply, or a connection that failed or was\n"
            "closed by the server, 2 usage error.\n\n"
         << "Try:  ./iomux run iomux-raw epoll\n"
         << "      ./iomux run iomux-client --count 1    # in another terminal: sends hi once on each connection\n";
    return text.str();
}

}  // namespace

std::optional<Options> parse_options(int argc, const char* const* argv) {
    const po::variables_map values = cli::parse_options(argc, argv, described_options(), {});
    if (cli::answers_about_itself(values, "iomux-client", help_text)) return std::nullopt;
    Options options;
    options.endpoint = cli::endpoint_of(values);
    options.connections = values["connections"].as<Connections>().value;
    options.script.protocol = cli::protocol_of(values);
    options.script.message = values["message"].as<std::string>();
    if (values.count("count") != 0) options.script.count = values["count"].as<cli::Count>().value;
    options.script.interval = values["interval"].as<cli::Duration>().time;
    options.script.reply_timeout = values["reply-timeout"].as<cli::Duration>().time;
    options.datagrams = cli::asks_for_datagrams(values);
    cli::refuse_without(values, "reply-timeout", "udp");
    if (options.script.reply_timeout <= options.script.reply_timeout.zero())
        throw cli::UsageError("--reply-timeout must be more than 0");
    if (options.datagrams)
        cli::refuse_beyond_a_datagram(options.script.protocol, options.script.message.size());
    else if (const auto why = unaskable(options.script.protocol, protocol::as_bytes(options.script.message)))
        throw cli::UsageError(*why);
    return options;
}

}  // namespace iomux::client
