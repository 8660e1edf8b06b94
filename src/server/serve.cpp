#include "server/serve.hpp"

#include <fmt/core.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "cli/program.hpp"
#include "posix/limits.hpp"
#include "posix/signals.hpp"
#include "posix/socket.hpp"

namespace iomux::server {
namespace {

std::atomic<Server*> running{nullptr};

// A Unix socket's file is the server's to remove, unless another has taken its place meanwhile.
class SocketFile {
public:
    explicit SocketFile(const posix::Endpoint& endpoint) : endpoint_(endpoint) {}
    ~SocketFile() {
        std::error_code ignored;  // somebody else may have removed it
        if (endpoint_.is_unix() && posix::is_abandoned(endpoint_)) std::filesystem::remove(endpoint_.path(), ignored);
    }
    SocketFile(const SocketFile&) = delete;
    SocketFile& operator=(const SocketFile&) = delete;

private:
    posix::Endpoint endpoint_;
};

int serve_with(const ServerOptions& options) {
    if (const auto why = options.mechanism->unavailable())
        throw std::runtime_error(fmt::format("{} does not run here: {}", options.mechanism->name, *why));
    // Nobody may read the log any more: that must not end the service.
    ::signal(SIGPIPE, SIG_IGN);
    posix::raise_descriptor_limit();
    const Mechanism& mechanism = *options.mechanism;
    std::vector<Sockets> sockets = open_sockets(mechanism, options.endpoint, options.backlog, options.settings);
    const SocketFile socket_file(options.endpoint);
    const posix::Endpoint endpoint = posix::Endpoint::local(sockets.front().listener.get());
    const std::unique_ptr<Server> server = make_server(mechanism, std::move(sockets), options.settings);

    running = server.get();
    const posix::StopSignals signals([] { running.load()->stop(); });
    fmt::print("listening on {}{}\n", endpoint.text(), options.settings.datagrams ? " (TCP and UDP)" : "");
    std::fflush(stdout);
    if (!endpoint.is_loopback())
        Log(options.settings.log_level)
            .line(LogLevel::warning, "{} can be reached from other machines, and serves whoever connects",
                  endpoint.text());

    server->run();

    if (options.stats_file)
        cli::write_file(*options.stats_file, to_json(server->counters(), options.mechanism->name) + "\n");
    return cli::exit_success;
}

}  // namespace

int serve(const ServerProgram& program, int argc, const char* const* argv) {
    return cli::run_program(program.name, [&] {
        const std::optional<ServerOptions> options = parse_server_options(program, argc, argv);
        return options ? serve_with(*options) : cli::exit_success;
    });
}

}  // namespace iomux::server
