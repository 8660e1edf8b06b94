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

/// What the styles share: the io_context, the listener and the rules for accepting from it, datagrams, the clock and
/// the stop. A style says how operations are chained: `accept`, and what follows from it.
template <class Connection>
class Service : public server::Server {
public:
    Service(server::Sockets sockets, const server::Settings& settings, Context context);

    void run() final;

private:
    server::AcceptPolicy policy_;

protected:
    /// Starts accepting. No accept is in flight when it is called.
    virtual void accept() = 0;

    /// After an accept: a slot for the client, if there is one and it is to be served.
    server::ConnectionSlot slot_for(const error_code& error, Stream& socket);
    /// After an accept: whether to start another now. If not, `accept` is called when it is time.
    bool accepts_more(const error_code& error);
    server::PeerName client_name() const { return server::PeerName(client_.data()); }

    /// A deadline may have come about: see to it that the clock is looked at by then.
    void watch_clock();
    /// A connection has been destroyed, and its descriptor is free.
    void closed();

    Connections<Connection> connections_;
    // Goes before the connections and their limit: what it has not run owns some, where a handler has failed.
    Context context_;
    const Executor executor_ = context_.executor();
    Listener listener_;
    Protocol::endpoint client_;  // of the accept in flight

private:
    void start();
    void look_at_clock();
    void resume_accepting();
    void answer_datagrams();
    void drain();

    server::Datagrams datagrams_;
    Descriptor stopped_{executor_};
    Descriptor datagrams_waited_{executor_};
    Alarm clock_{executor_, [this] { look_at_clock(); }};
};

}  // namespace iomux::asio
