#include "compare/web/guard.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace iomux::compare::web {
namespace {

const Guard guard({"127.0.0.1:8090", "localhost:8090"}, "secret");

Request request_of(std::map<std::string, std::string> headers) {
    return {.method = "GET", .headers = std::move(headers)};
}

unsigned status_of(const std::optional<Response>& refusal) { return refusal ? refusal->status : 200; }

TEST(AGuard, AcceptsOnlyItsOwnHosts) {
    EXPECT_EQ(status_of(guard.refusal(request_of({{"host", "localhost:8090"}}))), 200);
    for (const char* host : {"rebound.example:8090", "127.0.0.1", "127.0.0.1:80", "127.0.0.1:80901", "127.0.0.1:8090 "})
        EXPECT_EQ(status_of(guard.refusal(request_of({{"host", host}}))), 403) << host;
    EXPECT_EQ(status_of(guard.refusal(request_of({}))), 400);
}

TEST(AGuard, AcceptsTheAddressThatTheClientHasConnectedTo) {
    Request request = request_of({{"host", "127.0.0.2:8090"}});
    EXPECT_EQ(status_of(guard.refusal(request)), 403);
    request.reached_at = "127.0.0.2:8090";
    EXPECT_EQ(status_of(guard.refusal(request)), 200);
    request.headers["host"] = "127.0.0.3:8090";
    EXPECT_EQ(status_of(guard.refusal(request)), 403);
    request.headers["host"] = "127.0.0.2:8090";
    request.headers["origin"] = "http://127.0.0.1:8090";
    EXPECT_EQ(status_of(guard.refusal(request)), 403);
}

TEST(AGuard, NamesTheUrlIfThatHasTheHost) {
    Request request = request_of({{"host", "rebound.example:8090"}});
    EXPECT_NE(guard.refusal(request)->body.find("the Host header does not name this service"), std::string::npos);
    request.has_absolute_target = true;
    EXPECT_NE(guard.refusal(request)->body.find("the URL of the request does not name this service"),
              std::string::npos);
}

TEST(AGuard, IgnoresTheCaseOfAHost) {
    EXPECT_EQ(status_of(guard.refusal(request_of({{"host", "LocalHost:8090"}}))), 200);
    EXPECT_EQ(status_of(guard.refusal(request_of({{"host", "LOCALHOST:8090"}, {"origin", "http://localhost:8090"}}))),
              200);
    const Guard named({"Laboratory:8090"}, "secret");
    EXPECT_EQ(status_of(named.refusal(request_of({{"host", "laboratory:8090"}}))), 200);
}

TEST(AGuard, AcceptsPort80WithAndWithoutThePort) {
    const Guard usual({"127.0.0.1:80", "[::1]:80"}, "secret");
    for (const char* host : {"127.0.0.1", "127.0.0.1:80", "[::1]", "[::1]:80"})
        EXPECT_EQ(status_of(usual.refusal(request_of({{"host", host}}))), 200) << host;
    for (const char* host : {"127.0.0.1:8090", "127.0.0.1:", "127.0.0.1:80:80", "::1", ""})
        EXPECT_NE(status_of(usual.refusal(request_of({{"host", host}}))), 200) << host;
    // As browsers send them.
    EXPECT_EQ(status_of(usual.refusal(request_of({{"host", "127.0.0.1"}, {"origin", "http://127.0.0.1"}}))), 200);
    EXPECT_EQ(status_of(usual.refusal(request_of({{"host", "127.0.0.1"}, {"origin", "https://127.0.0.1"}}))), 403);
}

TEST(AGuard, AcceptsAnIpv6AddressInEveryForm) {
    const Guard ipv6({"[::1]:8090", "[::ffff:127.0.0.1]:8090"}, "secret");
    for (const char* host :
         {"[::1]:8090", "[0:0:0:0:0:0:0:1]:8090", "[0::0001]:8090", "[::ffff:7f00:1]:8090", "[::FFFF:127.0.0.1]:8090"})
        EXPECT_EQ(status_of(ipv6.refusal(request_of({{"host", host}}))), 200) << host;
    for (const char* host : {"[::1]", "[::2]:8090", "::1", "[::1:8090", "[]:8090", "[::1]8090"})
        EXPECT_EQ(status_of(ipv6.refusal(request_of({{"host", host}}))), 403) << host;
}

TEST(AGuard, SaysHowToAllowAName) {
    const std::optional<Response> refusal = guard.refusal(request_of({{"host", "laboratory:8090"}}));
    EXPECT_NE(refusal.value().body.find("--allow-host NAME:PORT"), std::string::npos);
}

TEST(AGuard, AcceptsRequestsOnlyFromItsOwnPages) {
    const auto with_origin = [](std::string origin) {
        return status_of(guard.refusal(request_of({{"host", "127.0.0.1:8090"}, {"origin", std::move(origin)}})));
    };
    EXPECT_EQ(with_origin("http://127.0.0.1:8090"), 200);
    for (const char* origin : {"http://elsewhere.example", "null", "", "http://localhost:8090", "http://127.0.0.1:80",
                               "https://127.0.0.1:8090", "http://127.0.0.1:8090.example", "http://127.0.0.1:8090/"})
        EXPECT_EQ(with_origin(origin), 403) << origin;
}

TEST(AGuard, NeedsTheExactToken) {
    const auto with_authorization = [](std::string value) {
        return status_of(guard.refusal_without_token(request_of({{"authorization", std::move(value)}})));
    };
    for (const char* value : {"Bearer secret", "bearer secret", "BEARER  secret"})
        EXPECT_EQ(with_authorization(value), 200) << value;
    for (const char* value : {"", "secret", "Bearer", "Bearer ", "Bearersecret", "Bearer secre", "Bearer secretx",
                              "Bearer SECRET", "Basic secret", "Bearer secret, Bearer secret"})
        EXPECT_EQ(with_authorization(value), 401) << value;
}

TEST(Tokens, AreNeverTheSame) {
    EXPECT_EQ(make_token().size(), 32u);
    EXPECT_NE(make_token(), make_token());
}

TEST(AHardenedResponse, KeepsItsOwnPolicy) {
    Response response{.headers = {{"Content-Security-Policy", "sandbox"}}};
    harden(response);
    EXPECT_EQ(
        std::ranges::count(response.headers, "Content-Security-Policy", &std::pair<std::string, std::string>::first),
        1);
}

}  // namespace
}  // namespace iomux::compare::web
