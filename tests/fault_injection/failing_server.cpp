#include "failing_server.hpp"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "server/sockets.hpp"

namespace iomux::faults {

FailingServer::FailingServer(const server::Mechanism& mechanism, const server::Settings& settings)
    : mechanism_(mechanism), settings_(settings) {
    auto sockets = open_sockets(mechanism_, conformance::loopback(), 64, settings_);
    endpoint_ = posix::Endpoint::local(sockets.front().listener.get());
    std::packaged_task<void()> run([this, own = std::move(sockets)]() mutable { serve(std::move(own)); });
    run_ = run.get_future();
    thread_ = std::jthread(std::move(run));
}

void FailingServer::serve(std::vector<server::Sockets> sockets) {
    const std::unique_ptr<server::Server> server = make_server(mechanism_, std::move(sockets), settings_);
    publish(server.get());
    started_ = true;
    try {
        server->run();
    } catch (...) {
        publish(nullptr);
        throw;
    }
    publish(nullptr);
}

void FailingServer::publish(server::Server* server) {
    const std::lock_guard lock(mutex_);
    server_ = server;
    if (server_ != nullptr && stopped_) server_->stop();
}

void FailingServer::stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    if (server_ != nullptr) server_->stop();
}

std::exception_ptr FailingServer::ended() {
    if (run_.wait_for(2 * conformance::patience) != std::future_status::ready) {
        std::fputs("the server does not end in time\n", stderr);
        std::abort();
    }
    thread_.join();
    try {
        run_.get();
    } catch (...) {
        return std::current_exception();
    }
    return nullptr;
}

}  // namespace iomux::faults
