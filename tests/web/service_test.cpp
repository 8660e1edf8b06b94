#include "compare/web/service.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cerrno>
#include <future>
#include <memory>
#include <optional>
#include <ostream>
#include <thread>

#include "fixtures.hpp"
#include "posix/endpoint.hpp"
#include "posix/socket.hpp"

namespace iomux::compare::web {
namespace {

using namespace std::chrono_literals;

// Longer than anything takes: a test that waits for this long has failed.
constexpr auto patience = 60s;
// short_time for the limit that a test is about, long_time for all other limits.
constexpr auto short_time = 200ms;
constexpr std::chrono::milliseconds long_time = 2 * patience;

constexpr std::size_t larger_than_all_buffers = 32 * 1024 * 1024;

class Client {
public:
    explicit Client(const posix::Endpoint& service)
        : began_(std::chrono::steady_clock::now()), socket_(posix::connect_to(service, posix::Blocking::yes)) {
        posix::sleep_at_most(socket_.get(), posix::Direction::receiving, patience);
    }

    void send(std::string_view bytes) const {
        ASSERT_EQ(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    }

    /// Receives up to and including these bytes, or everything up to the end.
    std::string receive(std::string_view until = "\n\n") const {
        std::string received;
        std::array<char, 4096> piece;
        std::size_t searched = 0;
        while (received.find(until, searched) == std::string::npos) {
            searched = received.size() - std::min(received.size(), until.size());
            const ssize_t size = ::recv(socket_.get(), piece.data(), piece.size(), 0);
            if (size < 0 && errno == EAGAIN)
                ADD_FAILURE() << "the service neither sends anything nor closes the connection";
            if (size <= 0) break;
            received.append(piece.data(), static_cast<std::size_t>(size));
        }
        return received;
    }

    /// Waits until the service closes the connection. Returns how long it lasted, at least as long as for the service.
    std::chrono::steady_clock::duration life() const {
        receive();
        return std::chrono::steady_clock::now() - began_;
    }

private:
    std::chrono::steady_clock::time_point began_;
    posix::UniqueFd socket_;
};

class AService : public testing::Test {
public:
    AService() {
        limits = {.connections = 4,
                  .time_for_header = long_time,
                  .time_for_body = long_time,
                  .time_to_take_an_answer = long_time,
                  .time_without_pong = long_time};
    }
    ~AService() override {
        context.stop();
        if (thread.joinable()) thread.join();
    }

    void start() {
        posix::UniqueFd listener = posix::listen_on(posix::Endpoint::internet("127.0.0.1", 0), SOMAXCONN);
        endpoint = posix::Endpoint::local(listener.get());
        queue.emplace(store, servers, puppets.hooks([this] { service->tell_change(); }));
        router.emplace(Guard({endpoint.text()}, "secret"), Backend{servers, *queue, store, metrics});
        service.emplace(context, reader, std::move(listener), *router, *queue, metrics, limits);
        run = queue->add(parse_run_request(R"({"servers":["epoll"]})", servers))->id;
        store.keep_results(run,
                           fmt::format(R"({{"format":"iomux-trace","version":1,"size":64,"servers":[],"note":"{}"}})",
                                       std::string(larger_than_all_buffers, 'x')));
        thread = std::thread([this] { context.run(); });
    }

    std::string get(std::string_view path, std::string_view more = "") const {
        return fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\n{}\r\n", path, endpoint.text(), more);
    }
    std::string follow() const {
        return get("/api/runs/" + run + "/events",
                   "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n");
    }
    std::string a_request() const { return get("/healthz"); }
    std::string half_a_header() const { return a_request().substr(0, 20); }
    std::string half_a_body() const { return get("/healthz", "Content-Length: 10\r\n") + "12345"; }
    std::string request_for_much() const { return get("/api/results/" + run); }

    void expect_answer(const Client& client) const {
        client.send(a_request());
        EXPECT_TRUE(client.receive("ok").starts_with("HTTP/1.1 200 "));
    }

    /// Expects one response, which begins like this, and then the end of the connection.
    static void expect_only_refusal(const Client& client, std::string_view beginning, std::string_view sent) {
        const std::string received = client.receive("no such text");
        EXPECT_TRUE(received.starts_with(beginning)) << sent << received;
        EXPECT_EQ(received.find("HTTP/1.1", 1), std::string::npos) << sent << received;
        EXPECT_NE(received.find("Connection: close\r\n"), std::string::npos) << sent;
    }

    /// Lets requests for results wait as long as the result exists.
    std::promise<void> busy_reader() {
        std::promise<void> end;
        boost::asio::post(reader, [end = end.get_future().share()] { end.wait(); });
        return end;
    }

    /// Expects that a client that sends only this is disconnected after this time, which is set to short_time.
    void expect_disconnect(std::chrono::milliseconds ServiceLimits::*time, std::string (AService::*sent)() const) {
        limits.*time = short_time;
        start();
        const Client client(endpoint);
        client.send((this->*sent)());
        EXPECT_GE(client.life(), short_time);
    }

    void wait_until_it_counts(const Client& client, const std::string& line) const {
        const auto end = std::chrono::steady_clock::now() + patience;
        std::string counts;
        do {
            ASSERT_LT(std::chrono::steady_clock::now(), end) << counts;
            client.send(get("/metrics"));
            counts = client.receive(R"(iomux_runs{state="running"} 1)"
                                    "\n");
        } while (counts.find(line + "\n") == std::string::npos);
    }

    /// Lets the run's process print a line.
    void say(std::string line) {
        boost::asio::post(context, [this, line = std::move(line)] { puppets.listener.said(line); });
    }

    ServiceLimits limits;
    const TemporaryFolder folder;
    Store store{folder.path()};
    const std::vector<ServerSpec> servers = some_servers();
    Puppets puppets;
    Metrics metrics;
    boost::asio::io_context context{1};
    boost::asio::thread_pool reader{1};
    std::optional<Service> service;
    std::optional<RunQueue> queue;
    std::optional<Router> router;
    posix::Endpoint endpoint;
    std::string run;
    std::thread thread;
};

TEST_F(AService, DisconnectsAClientWithAnUnfinishedHeader) {
    expect_disconnect(&ServiceLimits::time_for_header, &AService::half_a_header);
}

TEST_F(AService, DisconnectsAnIdleClient) { expect_disconnect(&ServiceLimits::time_for_header, &AService::a_request); }

TEST_F(AService, DisconnectsAClientWithAnUnfinishedBody) {
    expect_disconnect(&ServiceLimits::time_for_body, &AService::half_a_body);
}

TEST_F(AService, DisconnectsAClientThatDoesNotReceiveTheResponse) {
    limits.time_to_take_an_answer = short_time;
    start();
    const Client client(endpoint);
    client.send(request_for_much());
    const Client other(endpoint);
    wait_until_it_counts(other, "iomux_connections 1");
    EXPECT_LT(client.receive().size(), larger_than_all_buffers);
}

TEST_F(AService, AnswersOthersWhileItReadsResults) {
    start();
    std::optional<std::promise<void>> busy(busy_reader());
    const Client client(endpoint), other(endpoint);
    client.send(request_for_much());
    wait_until_it_counts(other, "iomux_results_awaited 1");
    expect_answer(other);
    busy.reset();
    EXPECT_TRUE(client.receive("\r\n").starts_with("HTTP/1.1 200 "));
}

TEST_F(AService, RefusesRequestsForResultsWhileTooManyAreRead) {
    limits.results_awaited = 1;
    start();
    std::optional<std::promise<void>> busy(busy_reader());
    const Client client(endpoint), other(endpoint);
    client.send(request_for_much());
    wait_until_it_counts(other, "iomux_results_awaited 1");
    other.send(request_for_much());
    EXPECT_TRUE(other.receive("}\n").starts_with("HTTP/1.1 503 "));
    busy.reset();
    EXPECT_TRUE(client.receive("\r\n").starts_with("HTTP/1.1 200 "));
}

TEST_F(AService, HoldsALimitedAmountOfResultsForClientsThatDoNotReceiveThem) {
    limits.results_bytes = 3 * larger_than_all_buffers / 2;
    start();
    const Client slow(endpoint), other(endpoint);
    slow.send(request_for_much());
    wait_until_it_counts(other, fmt::format("iomux_results_bytes {}", store.size_of_results(run).value()));
    other.send(request_for_much());
    EXPECT_TRUE(other.receive("}\n").starts_with("HTTP/1.1 503 "));
    expect_answer(other);
}

TEST_F(AService, DisconnectsAWebSocketThatDoesNotAnswerPings) {
    expect_disconnect(&ServiceLimits::time_without_pong, &AService::follow);
}

TEST_F(AService, Sends100ContinueIfTheClientExpectsIt) {
    start();
    const Client client(endpoint);
    client.send(get("/healthz", "Content-Length: 5\r\nExpect: 100-continue\r\n"));
    EXPECT_EQ(client.receive("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("12345");
    EXPECT_TRUE(client.receive("ok").starts_with("HTTP/1.1 200 "));
}

TEST_F(AService, RefusesABodyWithAnUnknownEndAndCloses) {
    start();
    for (const char* fields :
         {"Transfer-Encoding: identity\r\n", "Transfer-Encoding: gzip, chunked\r\n",
          "Transfer-Encoding: chunked, identity\r\n", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
          "Transfer-Encoding: identity\r\nContent-Length: 5\r\n", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
          "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "Content-Length: 5\r\nContent-Length: 6\r\n",
          "Content-Length: 5, 6\r\n", "Content-Length: +5\r\n", "Content-Length: -5\r\n", "Content-Length: 0x5\r\n",
          "Content-Length: 18446744073709551616\r\n", "Content-Length : 5\r\n", "X: a\nContent-Length: 5\r\n"}) {
        const Client client(endpoint);
        client.send(get("/healthz", fields) + "0\r\n\r\n" + a_request() + a_request());
        expect_only_refusal(client, "HTTP/1.1 400 ", fields);
    }
}

TEST_F(AService, RefusesHeadsOfAnotherFormAndCloses) {
    using namespace std::string_literals;
    start();
    const std::string host = fmt::format("Host: {}\r\n", endpoint.text());
    const std::string first_line = "POST /healthz HTTP/1.1\r\n";
    std::vector<std::string> heads;
    // The end of a line within a line, folded lines, white space beside the name, no name, characters of no text.
    for (const std::string& field : {"X: a\rb\r\n"s,
                                     "X: a\r\r\n"s,
                                     "X\r: a\r\n"s,
                                     "X: a\nb\r\n"s,
                                     "X: a\r\n b\r\n"s,
                                     "X: a\r\n\tb\r\n"s,
                                     "X: a\r\n \r\n"s,
                                     "X:\r\n a\r\n"s,
                                     "Transfer-Encoding:\r\n chunked\r\n"s,
                                     "Transfer-Encoding: x\r\n chunked\r\n"s,
                                     "Content-Length:\r\n\t5\r\n"s,
                                     "Content-Length: 5\r\n 5\r\n"s,
                                     "X : a\r\n"s,
                                     "X\t: a\r\n"s,
                                     "Transfer-Encoding : chunked\r\n"s,
                                     "Transfer-Encoding\t: chunked\r\n"s,
                                     ": a\r\n"s,
                                     "X\r\n"s,
                                     "X@: a\r\n"s,
                                     "X: a\0b\r\n"s,
                                     "X\0: a\r\n"s,
                                     "X: \x01\r\n"s,
                                     "X: \x7f\r\n"s,
                                     "Content-Length:\r\n"s,
                                     "Content-Length: 5,\r\n"s,
                                     "Content-Length: ,5\r\n"s,
                                     "Content-Length: 5 5\r\n"s,
                                     "Content-Length: 5;a\r\n"s,
                                     "Content-Length: \"5\"\r\n"s,
                                     "Content-Length: 5.0\r\n"s})
        heads.push_back(first_line + host + field + "\r\n");
    for (const std::string& line :
         {"POST  /healthz HTTP/1.1\r\n"s, "POST /healthz  HTTP/1.1\r\n"s, "POST /healthz HTTP/1.1 \r\n"s,
          "POST\t/healthz HTTP/1.1\r\n"s, "POST /health\tz HTTP/1.1\r\n"s, "POST /health z HTTP/1.1\r\n"s,
          " POST /healthz HTTP/1.1\r\n"s, "POST /healthz\r HTTP/1.1\r\n"s, "POST /healthz http/1.1\r\n"s,
          "POST /healthz HTTP/2\r\n"s, "POST /healthz\r\n"s, "POST /health\0z HTTP/1.1\r\n"s,
          "POST /healthz HTTP/1.1\r\n X: a\r\n"s})
        heads.push_back(line + host + "\r\n");
    for (const std::string& head : heads) {
        const Client client(endpoint);
        client.send(head + "5\r\n12345\r\n0\r\n\r\n" + a_request());
        expect_only_refusal(client, "HTTP/1.1 400 ", head);
    }
    const Client old(endpoint);
    old.send("POST /healthz HTTP/1.0\r\nTransfer-Encoding: chunked\r\n" + host + "\r\n0\r\n\r\n" + a_request());
    EXPECT_TRUE(old.receive("no such text")
                    .ends_with("HTTP/1.0 has no Transfer-Encoding\",\"hint\":\"send a "
                               "Content-Length (RFC 9112, 6.1)\"}\n"));
}

TEST_F(AService, RefusesAFoldedLineThatComesLater) {
    start();
    const Client client(endpoint);
    for (const char* piece : {"GET /healthz HTTP/1.1\r\nX: a", "\r", "\n", " b\r\n\r\n"}) client.send(piece);
    EXPECT_NE(client.receive("}\n").find(R"({"error":"a header line begins with white space","hint":")"
                                         "send each header in one line (RFC 9112, 5.2)\"}\n"),
              std::string::npos);
}

TEST_F(AService, RefusesChunksOfAnotherFormAndCloses) {
    using namespace std::string_literals;
    start();
    const std::string end = "\r\n12345\r\n0\r\n\r\n";
    for (const std::string& chunk : {"10000000000000005" + end,
                                     "fffffffffffffffff" + end,
                                     "0x5" + end,
                                     "+5" + end,
                                     "-5" + end,
                                     end,
                                     " 5" + end,
                                     "g" + end,
                                     "5g" + end,
                                     "5,5" + end,
                                     "5\r12345\r\n0\r\n\r\n"s,
                                     "5;a\rb" + end,
                                     "5;a\nb" + end,
                                     "5;a=\"b" + end + "\"",
                                     "5;a\0"s + end,
                                     "5;\x01" + end,
                                     "5;a=b c" + end,
                                     "5\r\n123456\r\n0\r\n\r\n"s,
                                     "5\r\n1234\r\n0\r\n\r\n"s,
                                     "5\r\n12345\n\n0\r\n\r\n"s,
                                     "5\r\n12345\r\n00x\r\n\r\n"s,
                                     "5\r\n12345\r\n0\r\nX : a\r\n\r\n"s,
                                     "5\r\n12345\r\n0\r\nX: a\rb\r\n\r\n"s}) {
        const Client client(endpoint);
        client.send(get("/healthz", "Transfer-Encoding: chunked\r\n") + chunk + a_request());
        expect_only_refusal(client, "HTTP/1.1 400 ", chunk);
    }
    const Client client(endpoint);
    client.send(get("/healthz", "Transfer-Encoding: chunked\r\n") + "ffffffffffffffff" + end);
    expect_only_refusal(client, "HTTP/1.1 413 ", "the largest size");
}

TEST_F(AService, IgnoresExtensionsOfChunks) {
    start();
    for (const char* size : {"5", "05", "5;a", "5;a=b", "5;a=\"b c\"", "5;a;b=c"}) {
        const Client client(endpoint);
        client.send(get("/healthz", "Transfer-Encoding: chunked\r\n") + size + "\r\n12345\r\n0;a\r\nX: a\r\n\r\n" +
                    get("/nothing"));
        const std::string both = client.receive("not found");
        EXPECT_TRUE(both.starts_with("HTTP/1.1 200 ")) << size << both;
        EXPECT_NE(both.find("HTTP/1.1 404 "), std::string::npos) << size;
    }
}

TEST_F(AService, ReadsABodyWhoseLengthIsRepeated) {
    start();
    for (const char* fields : {"Content-Length: 5\r\nContent-Length: 5\r\n", "Content-Length: 5, 5\r\n"}) {
        const Client client(endpoint);
        client.send(get("/healthz", fields) + "12345" + get("/nothing"));
        const std::string both = client.receive("not found");
        EXPECT_TRUE(both.starts_with("HTTP/1.1 200 ")) << fields;
        EXPECT_NE(both.find("HTTP/1.1 404 "), std::string::npos) << fields;
    }
}

TEST_F(AService, DoesNotTakeTrailersForHeaders) {
    start();
    const auto post = [&](std::string_view headers, std::string_view trailers) {
        const Client client(endpoint);
        client.send(
            fmt::format("POST /api/runs HTTP/1.1\r\nTransfer-Encoding: chunked\r\n{}\r\n"
                        "15\r\n{{\"servers\":[\"epoll\"]}}\r\n0\r\n{}\r\n",
                        headers, trailers));
        return client.receive("\r\n").substr(0, std::string_view("HTTP/1.1 201").size());
    };
    const std::string host = fmt::format("Host: {}\r\n", endpoint.text());
    const std::string token = "Authorization: Bearer secret\r\n";
    const std::string type = "Content-Type: application/json\r\n";
    EXPECT_EQ(post(host + type, token), "HTTP/1.1 401");
    EXPECT_EQ(post(host + token, type), "HTTP/1.1 415");
    EXPECT_EQ(post(token + type, host), "HTTP/1.1 400");
    EXPECT_EQ(post("Host: elsewhere.example\r\n" + token + type, host), "HTTP/1.1 403");
    EXPECT_EQ(post(host + token + type, "Origin: null\r\nHost: elsewhere.example\r\n"), "HTTP/1.1 201");
}

TEST_F(AService, ChecksTheHostOfAnAbsoluteTarget) {
    start();
    const auto status_of = [&](std::string_view target, std::string_view host) {
        const Client client(endpoint);
        client.send(fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", target, host));
        return client.receive("\r\n").substr(0, std::string_view("HTTP/1.1 200").size());
    };
    const std::string mine = endpoint.text();
    EXPECT_EQ(status_of("http://" + mine + "/healthz", mine), "HTTP/1.1 200");
    EXPECT_EQ(status_of("http://" + mine + "/healthz", "elsewhere.example"), "HTTP/1.1 200");
    EXPECT_EQ(status_of("http://elsewhere.example/healthz", mine), "HTTP/1.1 403");
    EXPECT_EQ(status_of("https://" + mine + "/healthz", mine), "HTTP/1.1 400");
}

TEST_F(AService, SendsTheDateInEveryResponse) {
    start();
    const Client client(endpoint);
    for (const std::string& sent : {a_request(), get("/nothing"), follow()}) {
        client.send(sent);
        EXPECT_NE(client.receive("\r\n\r\n").find("\r\nDate: "), std::string::npos) << sent;
    }
    const Client other(endpoint);
    other.send("nonsense\r\n\r\n");
    EXPECT_NE(other.receive("\r\n\r\n").find("\r\nDate: "), std::string::npos);
}

TEST_F(AService, TellsALongRequestLineFromLongHeaders) {
    start();
    const std::string much(10'000, 'x');
    const auto status_of = [&](std::string_view first, std::string_view second) {
        const Client client(endpoint);
        client.send(first);
        client.send(second);
        return client.receive("\r\n").substr(0, std::string_view("HTTP/1.1 431").size());
    };
    EXPECT_EQ(status_of("GET /" + much, " HTTP/1.1\r\n\r\n"), "HTTP/1.1 414");
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\n", "X: " + much + "\r\n\r\n"), "HTTP/1.1 431");
    EXPECT_EQ(status_of("GET / HT", "TP/1.1\r\nX: " + much + "\r\n\r\n"), "HTTP/1.1 431");
}

TEST_F(AService, RefusesOtherVersionsOfHttp) {
    start();
    for (const char* head : {"GET /healthz HTTP/2.0\r\nHost: a\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                             "GET / HTTP/1.2\r\n\r\n", "GET / HTTP/0.9\r\n\r\n"}) {
        const Client client(endpoint);
        client.send(head);
        expect_only_refusal(client, "HTTP/1.1 505 ", head);
    }
}

TEST_F(AService, IgnoresEmptyLinesBeforeARequest) {
    start();
    const Client client(endpoint);
    for (const char* before : {"\r\n", "\r\n\r\n\r\n", ""}) {
        client.send(before + a_request());
        EXPECT_TRUE(client.receive("ok\"}\n").starts_with("HTTP/1.1 200 "));
    }
    client.send("\r");
    client.send("\n" + a_request() + "\r\n" + a_request());
    EXPECT_TRUE(client.receive("ok\"}\n").starts_with("HTTP/1.1 200 "));
}

struct SlowIn {
    const char* what;
    std::string (AService::*sent)() const;
    friend std::ostream& operator<<(std::ostream& out, const SlowIn& slow) { return out << slow.what; }
};

class AServiceWithSlowClients : public AService, public testing::WithParamInterface<SlowIn> {};

TEST_P(AServiceWithSlowClients, MakesRoomForTheNextClient) {
    start();
    std::vector<std::unique_ptr<Client>> slow;
    for (std::size_t i = 0; i < limits.connections; ++i) {
        slow.push_back(std::make_unique<Client>(endpoint));
        slow.back()->send((this->*GetParam().sent)());
    }
    expect_answer(Client(endpoint));
}
INSTANTIATE_TEST_SUITE_P(In, AServiceWithSlowClients,
                         testing::Values(SlowIn{"header", &AService::half_a_header},
                                         SlowIn{"body", &AService::half_a_body},
                                         SlowIn{"answer", &AService::request_for_much}));

TEST_F(AService, SendsASlowClientOnlyTheNewestState) {
    start();
    constexpr std::size_t larger_than_socket_buffers = 1024 * 1024;
    say(fmt::format(
        R"({{"event":"started","work":{{}},"in_sessions":true,"rounds":1,"window_seconds":1,"scenario":null,"servers":[{{"title":"{}"}}]}})",
        std::string(larger_than_socket_buffers, 'x')));
    const Client slow(endpoint), quick(endpoint);
    slow.send(follow());
    quick.send(follow());
    quick.receive(R"("sample":null)");
    constexpr int changes = 10;
    const auto with_number = [](int number) { return fmt::format(R"("number":{}}})", number); };
    for (int number = 1; number <= changes; ++number) {
        say(R"({"event":"slices",)" + with_number(number));
        quick.receive(with_number(number));
    }
    const std::string told = slow.receive(with_number(changes));
    std::size_t states = 0;
    for (std::size_t at = 0; (at = told.find(R"("live":)", at)) != std::string::npos; ++at) ++states;
    EXPECT_GE(states, 1u);
    EXPECT_LE(states, 3u);
}

TEST_F(AService, DisconnectsTheClientItHasWaitedForLongest) {
    start();
    std::vector<std::unique_ptr<Client>> silent;
    for (std::size_t i = 0; i <= limits.connections; ++i) silent.push_back(std::make_unique<Client>(endpoint));
    EXPECT_EQ(silent.front()->receive(), "");
    for (std::size_t i = 1; i <= limits.connections; ++i) expect_answer(*silent[i]);
}

}  // namespace
}  // namespace iomux::compare::web
