#pragma once

#include "alarm.hpp"
#include "connections.hpp"
#include "context.hpp"
#include "listener.hpp"
#include "server/acceptor.hpp"
#include "server/datagrams.hpp"
#include "server/server.hpp"
#include "server/sockets.hpp"

namespace iomux::asio {

/// What all asynchronous styles do alike: the io_context, the listener and the policy for accepting from it, datagrams,
/// timeouts and the stop. The twin of raw::ReadinessLoop. A style implements `accept`, and chains its operations.
template <class Connection>
class Service : public server::Server {
public:
    Service(server::Sockets sockets, const server::Settings& settings, Context context);

    void run() final;

private:
    server::AcceptPolicy policy_;

protected:
    /// Starts to accept. No accept is in flight when it is called.
    virtual void accept() = 0;

    /// Called after each accept. Returns a slot for the new connection, or none if it is not to be served.
    server::ConnectionSlot slot_for(const error_code& error, Stream& socket);
    /// Called after each accept. Returns whether to start another now. If not, `accept` is called later if necessary.
    bool accepts_more(const error_code& error);
    server::PeerName client_name() const { return server::PeerName(client_.data()); }

    /// Call it when there may be a new deadline: sets the clock to the earliest one.
    void set_clock();
    /// Call it when a connection was destroyed, so a descriptor is free.
    void closed();

    Connections<Connection> connections_;
    // Destroyed before the connections: if a handler has failed, handlers that have not run still own some.
    Context context_;
    const Executor executor_ = context_.executor();
    Listener listener_;
    Protocol::endpoint client_;  // of the accept in flight

private:
    void start();
    void check_clock(posix::Clock::time_point now);
    void resume_accepting();
    void answer_datagrams();
    void drain();

    server::Datagrams datagrams_;
    Descriptor stopped_{executor_};
    Descriptor datagrams_waited_{executor_};
    Alarm clock_{executor_, [this](Alarm::Time now) { check_clock(now); }};
};

}  // namespace iomux::asio
