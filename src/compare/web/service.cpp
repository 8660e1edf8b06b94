#include "compare/web/service.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/intrusive/list.hpp>
#include <ctime>
#include <optional>

#include "compare/web/feed.hpp"
#include "compare/web/request_head.hpp"
#include "posix/endpoint.hpp"

namespace iomux::compare::web {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::redirect_error;
using asio::use_awaitable;
using asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

constexpr std::uint32_t longest_header = 8 * 1024;
constexpr std::size_t longest_body = 16 * 1024;
constexpr auto drain_time = 1s;
constexpr auto pause_without_descriptors = 100ms;
// Small, because states that wait in the kernel for a slow page are outdated.
constexpr int send_buffer = 64 * 1024;

Head head_of(const http::request_header<>& header) {
    Head head{.version = header.version(),
              .method = std::string(header.method_string()),
              .target = std::string(header.target()),
              .fields = {}};
    for (const auto& field : header) head.fields.emplace_back(in_lower_case(field.name_string()), field.value());
    return head;
}

std::string_view text_in(const beast::flat_buffer& buffer) {
    return {static_cast<const char*>(buffer.data().data()), buffer.size()};
}

template <class Body>
http::response<Body> with_head(const Response& response, unsigned version, bool keeps_alive) {
    http::response<Body> message(http::int_to_status(response.status), version);
    message.set(http::field::date, http_date(std::time(nullptr)));
    message.set(http::field::content_type, response.type);
    for (const auto& [name, value] : response.headers) message.set(name, value);
    message.keep_alive(keeps_alive);
    message.content_length(response.body.size());
    return message;
}

tcp protocol_of(int listener) { return posix::Endpoint::local(listener).family() == AF_INET6 ? tcp::v6() : tcp::v4(); }

// Whether the request line has the right form, but a version such as `HTTP/2.0`.
bool has_another_version(std::string_view line) {
    constexpr std::string_view form = " HTTP/?.?";
    if (line.size() < form.size() || std::ranges::count(line, ' ') != 2) return false;
    line.remove_prefix(line.size() - form.size());
    const auto fits = [](char c, char wanted) { return wanted == '?' ? c >= '0' && c <= '9' : c == wanted; };
    return std::ranges::equal(line, form, fits) && !line.ends_with("/1.0") && !line.ends_with("/1.1");
}

// The address and port that a client has connected to, as it writes them.
std::string reached_at(int connection) {
    constexpr std::string_view mapped = "::ffff:";
    const posix::Endpoint local = posix::Endpoint::local(connection);
    const std::string host = local.host();
    if (!host.starts_with(mapped) || host.find('.') == host.npos) return local.text();
    return fmt::format("{}:{}", host.substr(mapped.size()), local.port());
}

// `unread`: what the parser has not taken from the connection.
unsigned status_for(const error_code& error, bool has_request_line, std::string_view unread) {
    if (error == http::error::body_limit) return 413;
    if (error == http::error::bad_version && has_another_version(unread.substr(0, unread.find("\r\n")))) return 505;
    if (error != http::error::header_limit && error != http::error::buffer_overflow) return 400;
    return has_request_line || unread.find("\r\n") != unread.npos ? 431 : 414;
}

bool is_unreadable(const error_code& error) {
    return error.category() == http::make_error_code(http::error::bad_method).category() &&
           error != http::error::end_of_stream && error != http::error::partial_message;
}

}  // namespace

class Service::Implementation {
public:
    Implementation(asio::io_context& context, asio::thread_pool& reader, posix::UniqueFd listener, const Router& router,
                   const RunQueue& queue, Metrics& metrics, const ServiceLimits& limits)
        : protocol_(protocol_of(listener.get())),
          acceptor_(context),
          reader_(reader),
          router_(router),
          metrics_(metrics),
          limits_(limits),
          states_(context, queue) {
        acceptor_.assign(protocol_, listener.release());
        asio::co_spawn(context, accept(), asio::detached);
    }

    void tell_change() { states_.tell_change(); }

private:
    using Linked = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

    // A client that the service waits for: to send a request, or to receive the response.
    struct Client : Linked {
        explicit Client(tcp::socket socket) : stream(std::move(socket)) {}
        beast::tcp_stream stream;
    };

    // A request. The parser adds trailers to the header fields, so these are those from before the body.
    struct Received {
        http::request_header<> header;
        Head head;
        std::string body = {};
    };

    // Adds to a count while it exists.
    class Counted {
    public:
        explicit Counted(std::size_t& count, std::size_t number = 1) : count_(count), number_(number) {
            count_ += number_;
        }
        ~Counted() { count_ -= number_; }
        Counted(const Counted&) = delete;
        Counted& operator=(const Counted&) = delete;

    private:
        std::size_t& count_;
        const std::size_t number_;
    };

    asio::awaitable<void> accept() {
        asio::steady_timer pause(acceptor_.get_executor());
        for (;;) {
            error_code error;
            co_await acceptor_.async_wait(tcp::acceptor::wait_read, redirect_error(use_awaitable, error));
            if (error) co_return;
            tcp::socket socket(acceptor_.get_executor());
            if (!take_next(socket)) {
                pause.expires_after(pause_without_descriptors);
                co_await pause.async_wait(redirect_error(use_awaitable, error));
                continue;
            }
            ++metrics_.connections;
            socket.set_option(asio::socket_base::send_buffer_size(send_buffer), error);
            if (metrics_.connections_open >= limits_.connections && !make_room()) continue;
            asio::co_spawn(acceptor_.get_executor(), serve(std::move(socket)), asio::detached);
        }
    }

    // Asio accepts without SOCK_CLOEXEC, so a comparison that starts at that moment would inherit the connection.
    bool take_next(tcp::socket& socket) {
        posix::UniqueFd accepted(::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!accepted) return false;
        error_code error;
        socket.assign(protocol_, accepted.get(), error);
        if (error) return false;
        accepted.release();
        return true;
    }

    // Closes the client that the service has waited for longest, so that slow clients cannot block new ones.
    bool make_room() {
        ++metrics_.connections_shed;
        if (awaited_.empty()) return false;
        Client& longest = awaited_.front();
        longest.unlink();
        longest.stream.socket().close();
        return true;
    }

    void wait_for(Client& client, std::chrono::milliseconds time) {
        client.unlink();
        awaited_.push_back(client);
        client.stream.expires_after(time);
    }

    asio::awaitable<void> serve(tcp::socket socket) {
        const Counted counted(metrics_.connections_open);
        Client client(std::move(socket));
        const std::string address = reached_at(client.stream.socket().native_handle());
        beast::flat_buffer buffer(longest_header + longest_body);
        for (;;) {
            std::optional<Received> received = co_await read(client, buffer);
            if (!received) co_return;
            Request request = request_of(received->head);
            request.body = std::move(received->body);
            request.reached_at = address;
            Response response = router_.answer(request);
            std::optional<Counted> sending;
            if (response.work) {
                client.unlink();
                response = co_await results_of(std::move(response.work));
                sending.emplace(metrics_.results_bytes, response.body.size());
            }
            ++metrics_.responses[response.status];
            if (response.feed) {
                client.unlink();
                http::request<http::string_body> handshake(std::move(received->header));
                co_await feed(std::move(client.stream), std::move(handshake), *response.feed, states_, metrics_,
                              limits_.time_without_pong);
                co_return;
            }
            if (!co_await write(client, response, received->head, is_persistent(received->head))) co_return;
        }
    }

    // Both limits keep memory and connections for other requests.
    asio::awaitable<Response> results_of(std::function<Response()> work) {
        if (metrics_.results_awaited >= limits_.results_awaited) co_return answer_if_busy();
        const Counted counted(metrics_.results_awaited);
        const auto do_work = [&work]() -> asio::awaitable<Response> { co_return work(); };
        Response response = co_await asio::co_spawn(reader_, do_work, use_awaitable);
        if (metrics_.results_bytes + response.body.size() > limits_.results_bytes) co_return answer_if_busy();
        co_return response;
    }

    // Returns nothing if there is no request and the connection is to be closed.
    asio::awaitable<std::optional<Received>> read(Client& client, beast::flat_buffer& buffer) {
        http::request_parser<http::string_body> parser;
        parser.header_limit(longest_header);
        parser.body_limit(longest_body);
        error_code error;
        wait_for(client, limits_.time_for_header);
        co_await skip_empty_lines(client, buffer, error);
        const bool is_folded = co_await read_header(client, buffer, parser, error);
        Head head = head_of(parser.get());
        head.is_folded = is_folded;
        if (error) {
            const unsigned status = status_for(error, !head.target.empty(), text_in(buffer));
            if (is_unreadable(error)) co_await refuse(client, answer_to_unreadable(status), head);
            co_return std::nullopt;
        }
        if (const std::optional<HeadFault> fault = fault_in(head)) {
            co_await refuse(client, answer_to_fault(*fault), head);
            co_return std::nullopt;
        }
        std::optional<Received> received;
        received.emplace(Received{parser.get(), head});
        wait_for(client, limits_.time_for_body);
        if (!parser.is_done() && expects_continue(head)) co_await send_continue(client);
        co_await http::async_read(client.stream, buffer, parser, redirect_error(use_awaitable, error));
        if (error) {
            if (is_unreadable(error)) co_await refuse(client, answer_to_unreadable(status_for(error, true, "")), head);
            co_return std::nullopt;
        }
        received->body = std::move(parser.get().body());
        co_return received;
    }

    // Like http::async_read_header, but sees the lines before the parser joins folded ones. Returns whether there are
    // any.
    static asio::awaitable<bool> read_header(Client& client, beast::flat_buffer& buffer,
                                             http::request_parser<http::string_body>& parser, error_code& error) {
        bool is_folded = false;
        while (!error && !parser.is_header_done()) {
            const std::size_t parsed = parser.put(buffer.data(), error);
            is_folded |= have_folded_line(text_in(buffer).substr(0, parsed));
            buffer.consume(parsed);
            if (error == http::error::need_more) co_await read_more(client, buffer, error);
        }
        co_return is_folded;
    }

    static asio::awaitable<void> read_more(Client& client, beast::flat_buffer& buffer, error_code& error) {
        const auto space = buffer.prepare(longest_header);
        buffer.commit(co_await client.stream.async_read_some(space, redirect_error(use_awaitable, error)));
    }

    // A client may send an empty line before a request (RFC 9112, 2.2), which the parser does not allow. Some send a
    // few.
    static asio::awaitable<void> skip_empty_lines(Client& client, beast::flat_buffer& buffer, error_code& error) {
        constexpr std::string_view empty_line = "\r\n";
        constexpr int most = 8;
        for (int lines = 0; lines < most; ++lines) {
            while (!error && empty_line.starts_with(text_in(buffer)) && text_in(buffer) != empty_line)
                co_await read_more(client, buffer, error);
            if (error || !text_in(buffer).starts_with(empty_line)) co_return;
            buffer.consume(empty_line.size());
        }
    }

    // Ignores errors, because the following read fails with the same error.
    static asio::awaitable<void> send_continue(Client& client) {
        constexpr std::string_view response = "HTTP/1.1 100 Continue\r\n\r\n";
        error_code error;
        co_await asio::async_write(client.stream, asio::buffer(response), redirect_error(use_awaitable, error));
    }

    // Closes the connection, because the next request would begin at an unknown byte.
    asio::awaitable<void> refuse(Client& client, Response response, const Head& head) {
        ++metrics_.responses[response.status];
        co_await write(client, response, head, false);
    }

    // Returns whether the connection can be used for another request.
    asio::awaitable<bool> write(Client& client, const Response& response, const Head& head, bool keeps_alive) {
        const unsigned version = head.version;
        error_code error;
        wait_for(client, limits_.time_to_take_an_answer);
        if (head.method == "HEAD") {
            http::response<http::empty_body> message = with_head<http::empty_body>(response, version, keeps_alive);
            http::response_serializer<http::empty_body> serializer(message);
            co_await http::async_write_header(client.stream, serializer, redirect_error(use_awaitable, error));
        } else {
            using Body = http::span_body<const char>;
            http::response<Body> message = with_head<Body>(response, version, keeps_alive);
            message.body() = {response.body.data(), response.body.size()};
            co_await http::async_write(client.stream, message, redirect_error(use_awaitable, error));
        }
        if (error) co_return false;
        if (!keeps_alive) co_await drain(client);
        co_return keeps_alive;
    }

    // Reads until the client closes. Closing a connection with unread bytes resets it, and the response may be lost.
    asio::awaitable<void> drain(Client& client) {
        error_code error;
        client.stream.socket().shutdown(tcp::socket::shutdown_send, error);
        wait_for(client, drain_time);
        std::array<char, 4096> ignored;
        while (!error)
            co_await client.stream.async_read_some(asio::buffer(ignored), redirect_error(use_awaitable, error));
    }

    const tcp protocol_;
    tcp::acceptor acceptor_;
    asio::thread_pool& reader_;
    const Router& router_;
    Metrics& metrics_;
    const ServiceLimits limits_;
    States states_;
    // The client that the service has waited for longest comes first. WebSockets are not in the list.
    boost::intrusive::list<Client, boost::intrusive::constant_time_size<false>> awaited_;
};

Service::Service(asio::io_context& context, asio::thread_pool& reader, posix::UniqueFd listener, const Router& router,
                 const RunQueue& queue, Metrics& metrics, const ServiceLimits& limits)
    : implementation_(
          std::make_unique<Implementation>(context, reader, std::move(listener), router, queue, metrics, limits)) {}

Service::~Service() = default;

void Service::tell_change() { implementation_->tell_change(); }

}  // namespace iomux::compare::web
