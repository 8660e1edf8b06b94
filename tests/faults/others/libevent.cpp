// A server on libevent that follows the echo server of its book, "Connection listeners"
// (libevent.org/libevent-book/Ref8_listener.html). It has an evconnlistener and a bufferevent for each client, which is
// freed at end of file. If accepting fails, it exits with a message.
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "conversation.hpp"

namespace iomux::others {
namespace {

Options options;

void on_read(bufferevent* client, void* context) {
    evbuffer* input = bufferevent_get_input(client);
    const std::size_t size = evbuffer_get_length(input);
    const auto* received = reinterpret_cast<const char*>(evbuffer_pullup(input, -1));
    const std::string replies = static_cast<Conversation*>(context)->answer({received, size});
    evbuffer_drain(input, size);
    bufferevent_write(client, replies.data(), replies.size());
}

void on_event(bufferevent* client, short events, void* context) {
    if (events & BEV_EVENT_ERROR) std::perror("Error from bufferevent");
    if (events & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) {
        bufferevent_free(client);
        delete static_cast<Conversation*>(context);
    }
}

void on_connection(evconnlistener* listener, evutil_socket_t fd, sockaddr*, int, void*) {
    bufferevent* client = bufferevent_socket_new(evconnlistener_get_base(listener), fd, BEV_OPT_CLOSE_ON_FREE);
    bufferevent_setcb(client, on_read, nullptr, on_event, new Conversation(options));
    bufferevent_enable(client, EV_READ | EV_WRITE);
}

void on_accept_error(evconnlistener* listener, void*) {
    const int error = EVUTIL_SOCKET_ERROR();
    std::fprintf(stderr, "Got an error %d (%s) on the listener: shutting down\n", error,
                 evutil_socket_error_to_string(error));
    event_base_loopexit(evconnlistener_get_base(listener), nullptr);
}

std::uint16_t port_of(evconnlistener* listener) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(evconnlistener_get_fd(listener), reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

int serve() {
    const std::unique_ptr<event_base, void (*)(event_base*)> base(event_base_new(), event_base_free);
    if (!base) {
        std::fputs("cannot create an event base\n", stderr);
        return 1;
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(options.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const std::unique_ptr<evconnlistener, void (*)(evconnlistener*)> listener(
        evconnlistener_new_bind(base.get(), on_connection, nullptr, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE, -1,
                                reinterpret_cast<sockaddr*>(&address), sizeof address),
        evconnlistener_free);
    if (!listener) {
        std::perror("cannot create a listener");
        return 1;
    }
    evconnlistener_set_error_cb(listener.get(), on_accept_error);
    announce(port_of(listener.get()));
    event_base_dispatch(base.get());
    return 0;
}

}  // namespace
}  // namespace iomux::others

int main(int argc, char** argv) {
    iomux::others::options = iomux::others::parse(argc, argv);
    return iomux::others::serve();
}
