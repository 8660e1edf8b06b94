// Boost.Asio with completion handlers: starting an operation names the function to call once it has completed. There is
// no wait stage here: the loop is in context.run(). The library keeps the interest set, in edge-triggered epoll(7), and
// tries each operation once before it waits. A connection is owned by the handler of its operation in flight.
// Ceiling: RLIMIT_NOFILE. Documented in Boost.Asio's overview, "The Proactor Design Pattern".
#include <memory>

#include "asio_connection.hpp"
#include "service.hpp"
#include "styles.hpp"

namespace iomux::asio {
namespace {

using OwnedConnection = std::unique_ptr<AsioConnection>;

class Callbacks final : public Service<AsioConnection> {
public:
    using Service::Service;

private:
    void accept() override {
        listener_.async_accept(client_, [this](const error_code& error, Stream socket) {
            if (server::ConnectionSlot slot = slot_for(error, socket))
                read(std::make_unique<AsioConnection>(closed_on_exec(std::move(socket)), connections_, client_name(),
                                                      std::move(slot)));
            if (accepts_more(error)) accept();
        });
    }

    void read(OwnedConnection&& owned) {
        AsioConnection& connection = *owned;
        connection.socket().async_read_some(
            connection.room(), [this, owned = std::move(owned)](const error_code& error, std::size_t size) mutable {
                owned->on_received(error, size);
                write(std::move(owned));
            });
    }

    void write(OwnedConnection&& owned) {
        AsioConnection& connection = *owned;
        if (!connection.replies_due()) return next(std::move(owned));
        connection.socket().async_write_some(
            connection.piece(), [this, owned = std::move(owned)](const error_code& error, std::size_t size) mutable {
                owned->sent(error, size);
                write(std::move(owned));
            });
    }

    void next(OwnedConnection&& owned) {
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

std::unique_ptr<server::Server> make_callbacks(server::Sockets sockets, const server::Settings& settings,
                                               Context context) {
    return std::make_unique<Callbacks>(std::move(sockets), settings, std::move(context));
}

}  // namespace iomux::asio
