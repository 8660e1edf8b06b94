#include "compare/web/feed.hpp"

#include <sys/socket.h>

#include <array>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <boost/json.hpp>
#include <ctime>
#include <iterator>

#include "cli/json_text.hpp"
#include "compare/web/message.hpp"

namespace iomux::compare::web {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::redirect_error;
using asio::use_awaitable;
using boost::system::error_code;
using namespace std::chrono_literals;

// Without compression: on one machine it gains nothing, and it doubles the instantiated code.
using Socket = beast::websocket::stream<beast::tcp_stream, false>;

constexpr auto time_between_frames = 100ms;
// Pages send nothing but control frames.
constexpr std::size_t longest_message = 1024;

constexpr auto time_for_handshake = 10s;

// Closes the WebSocket by hand. Beast's async_close can deadlock with a concurrent read that fails: each waits for the
// lock that the other holds.
asio::awaitable<void> close(Socket& socket) {
    constexpr std::array<unsigned char, 4> normal_closure{0x88, 2, 0x03, 0xE8};  // RFC 6455, 5.5.1 and 7.4.1
    asio::ip::tcp::socket& tcp = beast::get_lowest_layer(socket).socket();
    error_code error;
    co_await tcp.async_wait(asio::ip::tcp::socket::wait_write, redirect_error(use_awaitable, error));
    if (error) co_return;
    const ssize_t sent =
        ::send(tcp.native_handle(), normal_closure.data(), normal_closure.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent != std::ssize(normal_closure)) co_return;  // The client is gone or does not read.
    tcp.shutdown(asio::ip::tcp::socket::shutdown_send, error);
    asio::steady_timer patience(socket.get_executor(), time_for_handshake);
    co_await patience.async_wait(redirect_error(use_awaitable, error));
}

asio::awaitable<void> send_states(Socket& socket, const std::string& id, States& states, Metrics& metrics) {
    asio::steady_timer pause(socket.get_executor());
    error_code error;
    std::shared_ptr<const std::string> sent;
    for (;;) {
        const std::uint64_t version = states.version();
        const bool is_last = states.is_over(id);
        const std::shared_ptr<const std::string> text = states.state_of(id);
        if (!text) co_return;
        // The change may have been in another run.
        if (!sent || *sent != *text) {
            co_await socket.async_write(asio::buffer(*text), redirect_error(use_awaitable, error));
            if (error) co_return;
            ++metrics.frames_sent;
            sent = text;
        }
        if (is_last) {
            co_await close(socket);
            co_return;
        }
        pause.expires_after(time_between_frames);
        co_await pause.async_wait(redirect_error(use_awaitable, error));
        if (error) co_return;
        if (states.version() == version) co_await states.change();
        if (states.version() > version) metrics.states_skipped += states.version() - version - 1;
    }
}

// Beast answers control frames only during a read.
asio::awaitable<void> read_control_frames(Socket& socket) {
    beast::flat_buffer ignored;
    error_code error;
    while (!error) {
        co_await socket.async_read(ignored, redirect_error(use_awaitable, error));
        ignored.clear();
    }
}

}  // namespace

States::States(asio::io_context& context, const RunQueue& queue)
    : queue_(queue), changed_(context, asio::steady_timer::time_point::max()) {}

asio::awaitable<void> States::change() {
    error_code woken;
    co_await changed_.async_wait(redirect_error(use_awaitable, woken));
}

std::shared_ptr<const std::string> States::state_of(const std::string& id) {
    if (text_ && id_ == id && version_ == queue_.version()) return text_;
    const Run* const run = queue_.find(id);
    if (run == nullptr) return nullptr;
    text_ = std::make_shared<const std::string>(cli::json_text(queue_.json(*run)));
    id_ = id;
    version_ = queue_.version();
    return text_;
}

bool States::is_over(const std::string& id) const {
    const Run* const run = queue_.find(id);
    return run == nullptr || run->is_over();
}

asio::awaitable<void> feed(beast::tcp_stream stream, http::request<http::string_body> request, std::string id,
                           States& states, Metrics& metrics, std::chrono::milliseconds time_without_pong) {
    using namespace asio::experimental::awaitable_operators;
    Socket socket(std::move(stream));
    beast::get_lowest_layer(socket).expires_never();
    socket.set_option(beast::websocket::stream_base::timeout{
        .handshake_timeout = time_for_handshake, .idle_timeout = time_without_pong, .keep_alive_pings = true});
    socket.set_option(beast::websocket::stream_base::decorator([](beast::websocket::response_type& response) {
        response.set(http::field::date, http_date(std::time(nullptr)));
    }));
    socket.read_message_max(longest_message);
    // They may be lists over several lines, which Beast does not read.
    request.set(http::field::connection, "Upgrade");
    request.set(http::field::upgrade, "websocket");
    error_code error;
    ++metrics.feeds_open;
    co_await socket.async_accept(request, redirect_error(use_awaitable, error));
    if (!error) co_await (send_states(socket, id, states, metrics) || read_control_frames(socket));
    --metrics.feeds_open;
}

}  // namespace iomux::compare::web
