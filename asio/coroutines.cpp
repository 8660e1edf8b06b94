// Boost.Asio with C++20 coroutines: the operations of callbacks.cpp, awaited one after the other, so `serve` reads from
// top to bottom like a blocking server. There is no wait stage here: context.run() resumes a coroutine once its
// operation has completed. The library keeps the interest set, in edge-triggered epoll(7). A connection is owned by its
// coroutine. Ceiling: RLIMIT_NOFILE. Documented in Boost.Asio's overview, "C++20 Coroutines Support".
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <exception>
#include <memory>

#include "asio_connection.hpp"
#include "service.hpp"
#include "styles.hpp"

namespace iomux::asio {
namespace {

using Task = net::awaitable<void, Executor>;
// Awaits an operation directly. use_awaitable would create another coroutine for every operation.
constexpr auto result = net::as_tuple(net::deferred);

// An exception in a coroutine ends the server, because context.run() rethrows it.
constexpr auto or_throw = [](const std::exception_ptr& failure) {
    if (failure) std::rethrow_exception(failure);
};

class Coroutines final : public Service<AsioConnection> {
public:
    using Service::Service;

private:
    void accept() override { net::co_spawn(executor_, accept_clients(), or_throw); }

    Task accept_clients() {
        for (;;) {
            auto [error, socket] = co_await listener_.async_accept(client_, result);
            // Created here and not in the new coroutine, which starts later: a drain may come in between.
            if (server::ConnectionSlot slot = slot_for(error, socket)) {
                auto connection = std::make_unique<AsioConnection>(closed_on_exec(std::move(socket)), connections_,
                                                                   client_name(), std::move(slot));
                net::co_spawn(executor_, serve(std::move(connection)), or_throw);
            }
            if (!accepts_more(error)) co_return;
        }
    }

    Task serve(std::unique_ptr<AsioConnection> connection) {
        for (;;) {
            while (connection->replies_due()) {
                const auto [error, size] = co_await connection->socket().async_write_some(connection->piece(), result);
                connection->sent(error, size);
            }
            if (connection->finished()) break;
            if (connection->lingering()) set_clock();
            const auto [error, size] = co_await connection->socket().async_read_some(connection->room(), result);
            connection->on_received(error, size);
        }
        connection.reset();
        closed();
    }
};

}  // namespace

std::unique_ptr<server::Server> make_coroutines(server::Sockets sockets, const server::Settings& settings,
                                                Context context) {
    return std::make_unique<Coroutines>(std::move(sockets), settings, std::move(context));
}

}  // namespace iomux::asio
