#include "running_server.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "mechanism_options.hpp"
#include "server/sockets.hpp"

namespace iomux::conformance {

posix::Endpoint loopback() { return posix::Endpoint::internet("127.0.0.1", 0); }

server::Settings settings_for(protocol::ProtocolConfig protocol) {
    server::Settings settings;
    settings.protocol = std::move(protocol);
    settings.limits.drain_timeout = patience;
    // Nearly every test has at most so many clients at once. More threads would be slow under a sanitizer.
    set_workers(settings, 32);
    // The tests provoke warnings.
    settings.log_level = server::LogLevel::error;
    return settings;
}

void set_workers(server::Settings& settings, std::size_t workers) {
    settings.own.change<raw::PoolOptions>().workers = workers;
}

RunningServer::RunningServer(const server::Mechanism& mechanism, const server::Settings& settings,
                             const posix::Endpoint& where)
    : RunningServer(mechanism, settings, open_sockets(mechanism, where, 4096, settings)) {}

RunningServer::RunningServer(const server::Mechanism& mechanism, const server::Settings& settings,
                             std::vector<server::Sockets> sockets)
    : settings_(settings) {
    endpoint_ = posix::Endpoint::local(sockets.front().listener.get());
    server_ = make_server(mechanism, std::move(sockets), settings_);
    std::packaged_task<void()> run([this] { server_->run(); });
    run_ = run.get_future();
    thread_ = std::jthread(std::move(run));
}

const server::Counters& RunningServer::ended() {
    if (run_.wait_for(2 * patience) != std::future_status::ready) {
        std::fputs("the server does not end in time\n", stderr);
        std::abort();
    }
    run_.get();
    thread_.join();
    return server_->counters();
}

RunningServer::~RunningServer() {
    if (!run_.valid()) return;
    try {
        stop_and_end();
    } catch (const std::exception& failure) {
        ADD_FAILURE() << "the server failed: " << failure.what();
    }
}

}  // namespace iomux::conformance
