// A server on libuv that follows the tcp-echo-server of its guide, "Networking, TCP, Server"
// (docs.libuv.org/en/v1.x/guide/networking.html). It allocates a buffer for each read and a request for each write. On
// an error it prints a message and closes the connection.
#include <netinet/in.h>
#include <uv.h>

#include <cstdio>
#include <string>

#include "conversation.hpp"

namespace iomux::others {
namespace {

constexpr int backlog = 128;  // as in the guide

Options options;

struct Client {
    uv_tcp_t socket{};
    Conversation conversation{options};
};

struct Reply {
    uv_write_t request{};
    std::string text;
};

uv_stream_t* stream_of(uv_tcp_t& socket) { return reinterpret_cast<uv_stream_t*>(&socket); }
uv_handle_t* handle_of(uv_tcp_t& socket) { return reinterpret_cast<uv_handle_t*>(&socket); }

void on_closed(uv_handle_t* handle) { delete static_cast<Client*>(handle->data); }

void on_written(uv_write_t* request, int status) {
    if (status != 0) std::fprintf(stderr, "Write error %s\n", uv_strerror(status));
    delete static_cast<Reply*>(request->data);
}

void on_allocate(uv_handle_t*, std::size_t suggested_size, uv_buf_t* buffer) {
    *buffer = uv_buf_init(new char[suggested_size], static_cast<unsigned>(suggested_size));
}

void write(uv_stream_t* stream, std::string text) {
    auto* reply = new Reply{.text = std::move(text)};
    reply->request.data = reply;
    const uv_buf_t piece = uv_buf_init(reply->text.data(), static_cast<unsigned>(reply->text.size()));
    uv_write(&reply->request, stream, &piece, 1, on_written);
}

void on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) {
    auto* client = static_cast<Client*>(stream->data);
    if (size > 0) {
        std::string text = client->conversation.answer({buffer->base, static_cast<std::size_t>(size)});
        if (!text.empty()) write(stream, std::move(text));
    } else if (size < 0) {
        if (size != UV_EOF) std::fprintf(stderr, "Read error %s\n", uv_err_name(static_cast<int>(size)));
        uv_close(handle_of(client->socket), on_closed);
    }
    delete[] buffer->base;
}

void on_connection(uv_stream_t* listener, int status) {
    if (status < 0) {
        std::fprintf(stderr, "New connection error %s\n", uv_strerror(status));
        return;
    }
    auto* client = new Client;
    uv_tcp_init(uv_default_loop(), &client->socket);
    client->socket.data = client;
    if (uv_accept(listener, stream_of(client->socket)) == 0)
        uv_read_start(stream_of(client->socket), on_allocate, on_read);
    else
        uv_close(handle_of(client->socket), on_closed);
}

int serve() {
    uv_tcp_t listener;
    uv_tcp_init(uv_default_loop(), &listener);
    sockaddr_in address{};
    uv_ip4_addr("127.0.0.1", options.port, &address);
    uv_tcp_bind(&listener, reinterpret_cast<const sockaddr*>(&address), 0);
    if (const int error = uv_listen(stream_of(listener), backlog, on_connection)) {
        std::fprintf(stderr, "Listen error %s\n", uv_strerror(error));
        return 1;
    }
    int size = sizeof address;
    uv_tcp_getsockname(&listener, reinterpret_cast<sockaddr*>(&address), &size);
    announce(ntohs(address.sin_port));
    return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}

}  // namespace
}  // namespace iomux::others

int main(int argc, char** argv) {
    iomux::others::options = iomux::others::parse(argc, argv);
    return iomux::others::serve();
}
