#include "compare/options.hpp"

#include <fmt/core.h>

#include <boost/program_options.hpp>
#include <sstream>

#include "cli/program.hpp"
#include "cli/service_options.hpp"
#include "cli/values.hpp"

namespace iomux::compare {
namespace {

namespace po = boost::program_options;
using cli::UsageError;

constexpr std::string_view program_name = "iomux-compare";

using Connections = cli::Whole<1, 1'000'000>;
using IdleConnections = cli::Whole<0, 1'000'000>;
using Depth = cli::Whole<1, 1'000>;
using Rounds = cli::Whole<1, 1'000>;

po::options_description described_options() {
    const Work work;
    po::options_description who("Who is compared");
    auto add = who.add_options();
    add("servers", po::value<std::string>()->value_name("A,B,C"),
        "only these, each as in 'epoll --threads 2' or 'asio-select/callbacks'; all: every server on every backend; "
        "default: every server of iomux-raw and iomux-asio");
    add("server", po::value<std::vector<std::string>>()->value_name("NAME=COMMAND"),
        "one of yours beside them, run by /bin/sh; {port} in the command becomes the port of 127.0.0.1 that it must "
        "listen on; may be given several times");

    po::options_description what("The work");
    add = what.add_options();
    add("connections", po::value<Connections>()->default_value({work.connections}),
        "clients, each sending its next message when the last is answered");
    add("size", po::value<cli::Size>()->default_value({work.size}), "bytes a message; 65536, 64K, 1M");
    add("depth", po::value<Depth>()->default_value({work.depth}), "messages that a client has on their way at once");
    add("idle", po::value<IdleConnections>()->default_value({work.idle}), "connections beside, which say nothing");
    add("service", po::value<std::string>()->default_value(std::string(name_of(work.service))),
        "suffix, echo or discard");
    add("framing", po::value<std::string>()->default_value(std::string(name_of(work.framing))),
        "chunk, line or length");

    po::options_description how("The measurement");
    add = how.add_options();
    add("rounds", po::value<Rounds>()->default_value({Options().rounds}), "how often each server is measured");
    add("seconds", po::value<cli::Duration>()->default_value({work.duration}), "how long each time; 1, 0.5, 250ms");
    add("server-cores", po::value<std::string>()->value_name("A,B"),
        "cores that the servers run on, or all; default: the last one. The load takes the first of the others, and "
        "where there is none shares these");
    add("idle-memory", po::value<IdleConnections>()->value_name("N")->default_value({work.idle_memory}),
        "idle connections over which the memory of one is measured; 0: not at all");
    add("json", po::value<std::string>()->value_name("FILE"),
        "write all rounds as JSON; - is standard output, and the table then goes to standard error");
    add("help", "this text");
    add("version", "the version");

    po::options_description all;
    all.add(who).add(what).add(how);
    return all;
}

std::string help_text() {
    std::ostringstream text;
    text << "Usage: " << program_name << " [OPTION]...\n\n"
         << "Runs each server under the same load, one at a time, in turns, and prints what a message costs it.\n"
            "Every round starts a fresh server on one core and the load on another. The servers differ in nothing\n"
            "but their mechanism.\n\n"
            "A server's full name is PROGRAM/NAME, and its name alone means the first program that has it:\n"
            "  raw          written by hand on system calls (iomux-raw)\n"
            "  asio         Boost.Asio on epoll (iomux-asio)\n"
            "  asio-select, asio-io_uring\n"
            "               the same sources on Asio's other backends; not compared unless asked for\n"
            "Options behind a name are the server's (iomux-raw --help), and a server with others is another row.\n"
            "What does not run here is skipped, and the table says why.\n"
         << described_options() << "\n"
         << "How to read it: 'CPU µs/msg' is what the server's processor spent on a message; 'ratio' is that against\n"
            "minimal, the bare epoll loop, in the same round. Ratios repeat from run to run; msgs/s and latency\n"
            "depend on the load generator and the machine as well.\n\n"
            "Exit: 0 all were measured or skipped for a reason, 1 one failed or none was left, 2 usage,\n"
            "130 interrupted.\n\n"
            "Try:  iomux-compare --servers minimal,epoll,select --rounds 3\n"
            "      iomux-compare --servers epoll,callbacks                          # one mechanism, two libraries\n"
            "      iomux-compare --servers asio-select/callbacks,callbacks,asio-io_uring/callbacks    # and reversed\n"
            "      iomux-compare --servers 'epoll,epoll --threads 2,callbacks --threads 2 --contexts shared' \\\n"
            "                    --server-cores all\n"
            "      iomux-compare --servers all --idle-memory 10000 --json results.json\n"
            "      iomux-compare --connections 800 --seconds 2 --json results.json\n"
            "      iomux-compare --servers epoll --server 'socat=socat TCP-LISTEN:{port},fork,reuseaddr EXEC:cat'\n";
    return text.str();
}

Work work_of(const po::variables_map& values) {
    Work work;
    work.connections = values["connections"].as<Connections>().value;
    work.size = values["size"].as<cli::Size>().bytes;
    work.depth = values["depth"].as<Depth>().value;
    work.idle = values["idle"].as<IdleConnections>().value;
    work.idle_memory = values["idle-memory"].as<IdleConnections>().value;
    work.duration = values["seconds"].as<cli::Duration>().time;
    work.service = cli::named(values, "service", &protocol::service_named);
    work.framing = cli::named(values, "framing", &protocol::framing_named);
    if (work.size < 1 || work.size > protocol::Dialect::longest_message)
        throw UsageError(fmt::format("--size is 1 to {} bytes", protocol::Dialect::longest_message));
    if (work.duration < std::chrono::milliseconds(50)) throw UsageError("--seconds is 0.05 at least");
    return work;
}

}  // namespace

std::optional<Options> parse_options(int argc, const char* const* argv) {
    const po::variables_map values = cli::parse_options(argc, argv, described_options(), {});
    if (cli::answers_about_itself(values, program_name, help_text)) return std::nullopt;
    Options options;
    options.work = work_of(values);
    options.rounds = values["rounds"].as<Rounds>().value;
    if (values.count("servers") != 0) {
        const std::string& servers = values["servers"].as<std::string>();
        options.whom = servers == "all" ? Options::Whom::all : Options::Whom::named;
        if (options.whom == Options::Whom::named) options.servers = parse_selections(servers);
    }
    if (values.count("server-cores") != 0) options.server_cores = values["server-cores"].as<std::string>();
    if (values.count("server") != 0)
        for (const std::string& text : values["server"].as<std::vector<std::string>>())
            options.brought.push_back(parse_brought(text));
    if (values.count("json") != 0) options.json_file = values["json"].as<std::string>();
    return options;
}

}  // namespace iomux::compare
