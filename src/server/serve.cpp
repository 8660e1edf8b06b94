#include "server/serve.hpp"

#include <fmt/core.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string_view>

#include "cli/error_text.hpp"
#include "cli/output.hpp"
#include "cli/output_file.hpp"
#include "cli/printable.hpp"
#include "cli/program.hpp"
#include "posix/handed_over.hpp"
#include "posix/limits.hpp"
#include "posix/signals.hpp"
#include "posix/socket.hpp"

namespace iomux::server {
namespace {

std::atomic<Server*> running{nullptr};

// Removes the file of a Unix socket that this server has opened, unless another process listens there by now. The file
// of a socket that was handed over belongs to the service manager, so no option names it.
class SocketFile {
public:
    explicit SocketFile(const posix::Endpoint& endpoint) : endpoint_(endpoint) {}
    ~SocketFile() {
        std::error_code ignored;  // another process may have removed it
        if (endpoint_.is_unix() && posix::is_abandoned(endpoint_)) std::filesystem::remove(endpoint_.path(), ignored);
    }
    SocketFile(const SocketFile&) = delete;
    SocketFile& operator=(const SocketFile&) = delete;

private:
    posix::Endpoint endpoint_;
};

// The service manager's sockets if it has handed over any, otherwise new ones.
std::vector<Sockets> sockets_for(const ServerOptions& options, const Settings& settings,
                                 std::vector<posix::HandedOver> handed_over) {
    if (!settings.handed_over) return open_sockets(*options.mechanism, options.endpoint, options.backlog, settings);
    if (options.listening_option)
        throw cli::UsageError(
            fmt::format("{} does not apply to a socket that is handed over (LISTEN_FDS)", *options.listening_option));
    return share_sockets(*options.mechanism, adopt_sockets(std::move(handed_over), settings), settings);
}

// Returns whether it could: the server serves even if nothing reads its address.
bool tell_address(std::string_view line) try {
    cli::print(line);
    cli::flush();
    return true;
} catch (const std::exception& error) {
    cli::print_remark(cli::error_text(error));
    return false;
}

int serve_with(const ServerOptions& options) {
    if (const auto why = options.mechanism->unavailable())
        throw std::runtime_error(fmt::format("{} does not run here: {}", options.mechanism->name, *why));
    posix::raise_descriptor_limit();
    std::vector<posix::HandedOver> handed_over = posix::take_handed_over();
    Settings settings = options.settings;
    settings.handed_over = !handed_over.empty();
    std::vector<Sockets> sockets = sockets_for(options, settings, std::move(handed_over));
    const SocketFile socket_file(options.endpoint);
    const posix::Endpoint endpoint = posix::Endpoint::local(sockets.front().listener.get());
    const std::unique_ptr<Server> server = make_server(*options.mechanism, std::move(sockets), settings);

    running = server.get();
    const posix::StopSignals signals([] { running.load()->stop(); });
    const bool is_told = tell_address(fmt::format("listening on {}{}{}\n", cli::well_formed_line(endpoint.text()),
                                                  settings.datagrams ? " (TCP and UDP)" : "",
                                                  settings.handed_over ? " (handed over)" : ""));
    if (!endpoint.is_loopback())
        Log(settings.log_level)
            .line(LogLevel::warning,
                  "other machines can connect to {}, and every client is served; to serve only this machine, listen on "
                  "127.0.0.1",
                  endpoint.text());

    server->run();

    if (options.stats_file)
        cli::write_file(*options.stats_file, to_json(server->counters(), options.mechanism->name) + "\n");
    return is_told ? cli::exit_success : cli::exit_failure;
}

}  // namespace

int serve(const ServerProgram& program, int argc, const char* const* argv) {
    return cli::run_program(program.name, [&] {
        const std::optional<ServerOptions> options = parse_server_options(program, argc, argv);
        return options ? serve_with(*options) : cli::exit_success;
    });
}

}  // namespace iomux::server
