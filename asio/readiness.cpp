// Boost.Asio as a reactor: async_wait reports that a socket is ready, then the server makes the calls of raw/epoll.cpp.
// There is no wait stage here: the loop is in context.run(). The library keeps the interest set, in edge-triggered
// epoll(7). A connection that waits has no buffer, and is owned by the handler of its wait. Ceiling: RLIMIT_NOFILE.
// Documented in Boost.Asio's overview, "Reactor-Style Operations".
#include <memory>

#include "reactor_connection.hpp"
#include "service.hpp"
#include "styles.hpp"

namespace iomux::asio {
namespace {

using OwnedConnection = std::unique_ptr<ReactorConnection>;

class Readiness final : public Service<ReactorConnection> {
public:
    using Service::Service;

private:
    void accept() override {
        listener_.async_accept(client_, [this](const error_code& error, Stream socket) {
            if (server::ConnectionSlot slot = slot_for(error, socket))
                read(std::make_unique<ReactorConnection>(closed_on_exec(std::move(socket)), connections_, client_name(),
                                                         std::move(slot)));
            if (accepts_more(error)) accept();
        });
    }

    void read(OwnedConnection owned) {
        ReactorConnection& connection = *owned;
        connection.socket().async_wait(Descriptor::wait_read,
                                       [this, owned = std::move(owned)](const error_code&) mutable {
                                           read_ready(*owned);
                                           write(std::move(owned));
                                       });
    }

    void write(OwnedConnection owned) {
        ReactorConnection& connection = *owned;
        write_due(connection);
        if (connection.finished() || !connection.wants_write()) return next(std::move(owned));
        connection.socket().async_wait(
            Descriptor::wait_write,
            [this, owned = std::move(owned)](const error_code&) mutable { write(std::move(owned)); });
    }

    static void read_ready(ReactorConnection& connection) {
        const std::span<std::byte> room = connection.room();
        if (!room.empty()) connection.received(room, ::recv(connection.fd(), room.data(), room.size(), 0));
    }

    static void write_due(ReactorConnection& connection) {
        const auto [bytes, gathered] = connection.due();
        if (!bytes.empty())
            connection.sent(::send(connection.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
        else if (gathered != nullptr)
            connection.sent(::sendmsg(connection.fd(), gathered, MSG_NOSIGNAL));
    }

    void next(OwnedConnection owned) {
        if (owned->finished()) return close(std::move(owned));
        if (owned->lingering()) set_clock();
        read(std::move(owned));
    }

    void close(OwnedConnection owned) {
        owned.reset();
        closed();
    }
};

}  // namespace

std::unique_ptr<server::Server> make_readiness(server::Sockets sockets, const server::Settings& settings,
                                               Context context) {
    return std::make_unique<Readiness>(std::move(sockets), settings, std::move(context));
}

}  // namespace iomux::asio
