#include "compare/web/serve_command.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "cli/output.hpp"
#include "cli/printable.hpp"
#include "cli/program.hpp"
#include "cli/service_options.hpp"
#include "compare/process/cores.hpp"
#include "compare/process/temporary_folder.hpp"
#include "compare/process/wait.hpp"
#include "compare/servers/server_list.hpp"
#include "compare/web/metrics.hpp"
#include "compare/web/options.hpp"
#include "compare/web/router.hpp"
#include "compare/web/run_process.hpp"
#include "compare/web/service.hpp"
#include "compare/web/store.hpp"
#include "posix/bind_retry.hpp"
#include "posix/endpoint.hpp"
#include "posix/error.hpp"
#include "posix/interfaces.hpp"
#include "posix/limits.hpp"
#include "posix/socket.hpp"

namespace iomux::compare::web {
namespace {

// A large backlog, so that a burst of connections does not make others wait for a retransmitted SYN.
constexpr int backlog = SOMAXCONN;

std::vector<ServerSpec> servers_for(const ServeOptions& options) {
    ServerList server_list =
        resolve_servers({.which = ServerChoice::Which::all, .servers = {}, .brought = options.brought});
    for (const std::string& why : server_list.missing)
        cli::print_error(fmt::format("{}: warning: {}\n", program_name, cli::well_formed_line(why)));
    return std::move(server_list.specs);
}

// Traces need no load. Other runs fail with the same reason.
void warn_of_missing_load() try {
    static_cast<void>(find_program(load_generator));
} catch (const std::runtime_error& missing) {
    cli::print_error(fmt::format("{}: warning: {}\n", program_name, missing.what()));
}

// Throws Interrupted if a signal stops it while it tries again.
posix::UniqueFd listener_for(const ServeOptions& options) {
    constexpr int only_the_stop = -1;
    const posix::Endpoint endpoint = posix::Endpoint::internet(options.address, options.port);
    const posix::BindRetry retry(options.bind_retry, [](std::chrono::nanoseconds time) {
        wait_readable(only_the_stop, posix::Clock::now() + time);
    });
    try {
        return retry.until_free([&] { return posix::listen_on(endpoint, backlog); });
    } catch (const std::system_error& error) {
        const std::string text = cli::listening_error(error, endpoint, options.bind_retry);
        if (text == error.what()) throw;
        throw std::runtime_error(text);
    }
}

// The addresses of this machine and its own names. A page of another site cannot have them after DNS rebinding, because
// its name is another one.
std::set<std::string> hosts_of(const ServeOptions& options, const posix::Endpoint& listening,
                               const std::vector<posix::Endpoint>& reachable) {
    std::set<std::string> hosts(options.hosts.begin(), options.hosts.end());
    hosts.insert(listening.text());
    const std::string own_name = posix::host_name();
    for (const posix::Endpoint& endpoint : reachable) {
        hosts.insert(endpoint.text());
        if (endpoint.is_loopback())
            hosts.insert(fmt::format("localhost:{}", endpoint.port()));
        else if (!own_name.empty())
            hosts.insert(fmt::format("{}:{}", own_name, endpoint.port()));
    }
    return hosts;
}

// In one piece, because a program that starts the service may read it with one read(2).
std::string links_to(const std::vector<posix::Endpoint>& reachable, const std::string& token) {
    std::string links;
    for (const posix::Endpoint& endpoint : reachable)
        links += fmt::format("{} http://{}/#token={}\n", links.empty() ? "open" : "or  ", endpoint.text(), token);
    return links;
}

void report_skipped(const Run& run) { cli::print_error(fmt::format("{}: run skipped: {}\n", program_name, run.error)); }

Background work_in(boost::asio::thread_pool& worker, boost::asio::io_context& context) {
    return [&](std::function<std::function<void()>()> work) {
        boost::asio::post(worker, [&context, work = std::move(work)] { boost::asio::post(context, work()); });
    };
}

void warn_of_other_machines(const posix::Endpoint& listening) {
    if (listening.is_loopback()) return;
    cli::print_error(fmt::format(
        "{0}: warning: other machines can connect to {1}, and the token can be read on the way, because connections "
        "are not encrypted; it is safer to omit --address and to run on the other machine: ssh -L "
        "{2}:127.0.0.1:{2} THIS_MACHINE\n",
        program_name, listening.text(), listening.port()));
}

// Moves the service away from the measured cores. If there are no other cores, it shares those of the load.
void avoid_measured_cores(const std::vector<int>& allowed) {
    const Cores measured = choose_cores(allowed);
    if (measured.load.empty()) return;
    std::vector<int> others;
    for (const int core : allowed)
        if (std::ranges::find(measured.server, core) == measured.server.end() &&
            std::ranges::find(measured.load, core) == measured.load.end())
            others.push_back(core);
    const std::vector<int>& chosen = others.empty() ? measured.load : others;
    if (!pin_to(chosen)) posix::throw_errno("cannot pin the service to a core");
}

void run_until_stopped(boost::asio::io_context& context) {
    boost::asio::posix::stream_descriptor stop(
        context, posix::check(::fcntl(stop_descriptor(), F_DUPFD_CLOEXEC, 0), "cannot wait for a stop signal"));
    stop.async_wait(boost::asio::posix::stream_descriptor::wait_read, [&](auto) { context.stop(); });
    context.run();
}

}  // namespace

int serve_command(int argc, const char* const* argv) {
    const std::optional<ServeOptions> options = parse_serve_options(argc, argv);
    if (!options) return cli::exit_success;
    const std::filesystem::path compare_program = find_program(comparison);
    warn_of_missing_load();
    const std::vector<ServerSpec> servers = servers_for(*options);
    TemporaryFolder::remove_stale_folders();
    Store store(options->results);
    posix::UniqueFd listener;
    try {
        listener = listener_for(*options);
    } catch (const Interrupted&) {
        return cli::exit_success;
    }
    const posix::Endpoint listening = posix::Endpoint::local(listener.get());
    const std::vector<posix::Endpoint> reachable = posix::reachable_at(listener.get());
    const std::vector<int> allowed = posix::allowed_cores();
    avoid_measured_cores(allowed);

    // The context is destroyed after everything below it, with the coroutines that still wait in it.
    Metrics metrics;
    boost::asio::io_context context(1);
    boost::asio::thread_pool reader(1);
    boost::asio::thread_pool worker(1);
    std::optional<Service> service;
    RunQueue queue(store, servers,
                   {.launch = launcher(context, allowed, compare_program),
                    .background = work_in(worker, context),
                    .changed = [&] { service->tell_change(); },
                    .skipped = report_skipped});
    const std::string token = make_token();
    const Router router(Guard(hosts_of(*options, listening, reachable), token), {servers, queue, store, metrics});
    service.emplace(context, reader, std::move(listener), router, queue, metrics);
    queue.go_on();

    warn_of_other_machines(listening);
    cli::print(links_to(reachable, token));
    cli::flush();
    run_until_stopped(context);
    worker.join();  // it may be storing results
    return cli::exit_success;
}

}  // namespace iomux::compare::web
