// The service on UDP (RFC 862 and 863), in a server that also serves TCP.
#include <poll.h>
#include <sys/socket.h>

#include "posix/error.hpp"
#include "posix/io_result.hpp"
#include "server/datagrams.hpp"
#include "tested.hpp"

namespace iomux::conformance {
namespace {

using protocol::Framing;
using protocol::Service;
using server::Mechanism;

std::vector<const Mechanism*> every_server_with_datagrams() {
    std::vector<const Mechanism*> all = every_guarded_server();
    std::erase_if(all, [](const Mechanism* mechanism) { return !mechanism->datagrams; });
    return all;
}

server::Settings with_datagrams(Service service = Service::suffix) {
    server::Settings settings = settings_for({Framing::line, service});
    settings.datagrams = true;
    return settings;
}

// A UDP socket connected to the server.
class DatagramClient {
public:
    explicit DatagramClient(const posix::Endpoint& server)
        : socket_(posix::check(::socket(server.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket")) {
        posix::check(::connect(socket_.get(), server.data(), server.size()), "connect");
    }

    void send(std::string_view datagram) {
        if (const int error = posix::send(socket_.get(), protocol::as_bytes(datagram)).error)
            posix::throw_errno("cannot send a datagram", error);
    }

    // Waits for a datagram. On the loopback interface none is lost while there is room.
    std::string receive() {
        pollfd polled{socket_.get(), POLLIN, 0};
        const auto time = std::chrono::milliseconds(patience).count();
        if (::poll(&polled, 1, static_cast<int>(time)) != 1)
            throw std::runtime_error("timed out: no datagram was received");
        std::vector<std::byte> room(65536);
        const posix::IoResult got = posix::receive(socket_.get(), room);
        if (got.error != 0) posix::throw_errno("cannot receive a datagram", got.error);
        return std::string(protocol::as_text(std::span(room).first(got.size)));
    }

    std::string ask(std::string_view datagram) {
        send(datagram);
        return receive();
    }

private:
    posix::UniqueFd socket_;
};

class EveryServerWithDatagrams : public EveryServer {};
INSTANTIATE_TEST_SUITE_P(Servers, EveryServerWithDatagrams, testing::ValuesIn(every_server_with_datagrams()),
                         server_name);

TEST_P(EveryServerWithDatagrams, AnswersEachWithOneDatagramWhateverTheFraming) {
    RunningServer server(*GetParam(), with_datagrams());
    DatagramClient client(server.endpoint());
    EXPECT_EQ(client.ask("hi"), "hi_suffix");
    EXPECT_EQ(client.ask("two\nlines\n"), "two\nlines\n_suffix");
    EXPECT_EQ(client.ask(""), "_suffix");
}

TEST_P(EveryServerWithDatagrams, AnswersTheLongestDatagram) {
    RunningServer server(*GetParam(), with_datagrams(Service::echo));
    DatagramClient client(server.endpoint());
    const std::string longest = message(server::Datagrams::longest);
    EXPECT_EQ(client.ask(longest), longest);
}

TEST_P(EveryServerWithDatagrams, DropsAndCountsAReplyTooLongForADatagram) {
    RunningServer server(*GetParam(), with_datagrams());
    DatagramClient client(server.endpoint());
    client.send(message(server::Datagrams::longest));
    EXPECT_EQ(client.ask("hi"), "hi_suffix");
    const server::Counters& counters = server.stop_and_end();
    EXPECT_EQ(counters.datagrams_received, 2u);
    EXPECT_EQ(counters.datagrams_dropped, 1u);
    EXPECT_EQ(counters.datagrams_sent, 1u);
}

TEST_P(EveryServerWithDatagrams, DiscardsWithoutAReply) {
    RunningServer server(*GetParam(), with_datagrams(Service::discard));
    DatagramClient client(server.endpoint());
    for (int i = 0; i < 10; ++i) client.send("hi");
    const server::Counters& counters = server.stop_and_end();
    EXPECT_EQ(counters.datagrams_received, 10u);
    EXPECT_EQ(counters.datagrams_sent, 0u);
}

TEST_P(EveryServerWithDatagrams, AnswersDatagramsWhileServingConnections) {
    RunningServer server(*GetParam(), with_datagrams());
    Conversation conversation = server.converse();
    DatagramClient client(server.endpoint());
    for (unsigned i = 0; i < 20; ++i) {
        conversation.ask_and_await(message(100, i));
        EXPECT_EQ(client.ask(message(100, i)), message(100, i) + "_suffix");
    }
    conversation.finish();
}

TEST_P(EveryServerWithDatagrams, AnswersEachClient) {
    RunningServer server(*GetParam(), with_datagrams());
    std::deque<DatagramClient> clients;
    for (int i = 0; i < 20; ++i) clients.emplace_back(server.endpoint());
    for (std::size_t i = 0; i < clients.size(); ++i) clients[i].send(message(10 + i));
    for (std::size_t i = 0; i < clients.size(); ++i) EXPECT_EQ(clients[i].receive(), message(10 + i) + "_suffix");
}

TEST_P(EveryServerWithDatagrams, AnswersWhatArrivedBeforeTheStop) {
    RunningServer server(*GetParam(), with_datagrams());
    DatagramClient client(server.endpoint());
    client.send("hi");
    server.stop_and_end();
    EXPECT_EQ(client.receive(), "hi_suffix");
}

TEST_P(EveryServerWithDatagrams, AnswersInTwoThreads) {
    if (GetParam()->threads == server::Threads::of_the_clients) GTEST_SKIP() << "has one thread for datagrams";
    server::Settings settings = with_datagrams();
    settings.threads = 2;
    RunningServer server(*GetParam(), settings);
    std::deque<DatagramClient> clients;
    for (int i = 0; i < 20; ++i) clients.emplace_back(server.endpoint());
    for (DatagramClient& client : clients) EXPECT_EQ(client.ask("hi"), "hi_suffix");
}

}  // namespace
}  // namespace iomux::conformance
