#include "compare/web/request_head.hpp"

#include <gtest/gtest.h>

#include <string>

namespace iomux::compare::web {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

Head head_with(Fields fields, std::string target = "/healthz", std::string method = "POST") {
    fields.emplace_back("host", "127.0.0.1:8090");
    return {.version = 11, .method = std::move(method), .target = std::move(target), .fields = std::move(fields)};
}

std::string error_of(const Head& head) {
    const std::optional<HeadFault> fault = fault_in(head);
    return fault ? std::string(fault->error) : "none";
}

TEST(AHead, MayHaveALengthOrBeChunked) {
    EXPECT_EQ(error_of(head_with({})), "none");
    EXPECT_EQ(error_of(head_with({{"content-length", "5"}})), "none");
    for (const char* encoding : {"chunked", "Chunked", "CHUNKED"})
        EXPECT_EQ(error_of(head_with({{"transfer-encoding", encoding}})), "none") << encoding;
}

TEST(AHead, HasNoEncodingButChunked) {
    for (const char* encoding : {"identity", "gzip", "gzip, chunked", "chunked, identity", "chunked, chunked", "", ",",
                                 "chunked,", "xchunked", "chunked;q=1", "\"chunked\""})
        EXPECT_EQ(error_of(head_with({{"transfer-encoding", encoding}})),
                  "the Transfer-Encoding must be chunked, and nothing else")
            << encoding;
    EXPECT_EQ(error_of(head_with({{"transfer-encoding", "identity"}, {"transfer-encoding", "chunked"}})),
              "the Transfer-Encoding must be chunked, and nothing else");
}

TEST(AHead, HasNotTwoLengths) {
    for (const char* encoding : {"identity", "chunked"})
        EXPECT_EQ(error_of(head_with({{"transfer-encoding", encoding}, {"content-length", "5"}})),
                  "the request has both Transfer-Encoding and Content-Length");
}

TEST(AHead, OfHttp10IsNotChunked) {
    Head head = head_with({{"transfer-encoding", "chunked"}});
    head.version = 10;
    EXPECT_EQ(error_of(head), "HTTP/1.0 has no Transfer-Encoding");
}

TEST(AHead, HasNoFoldedLine) {
    Head head = head_with({});
    head.is_folded = true;
    EXPECT_EQ(error_of(head), "a header line begins with white space");
    for (const char* lines : {"X: a\r\n b\r\n", "X: a\r\n\tb\r\n", "X:\r\n a\r\n", "X: a\r\n \r\n\r\n"})
        EXPECT_TRUE(have_folded_line(lines)) << lines;
    for (const char* lines : {"", " ", "X: a\r\nY:\tb\r\n\r\n", "X: a \r\nY: b\t\r\n"})
        EXPECT_FALSE(have_folded_line(lines)) << lines;
}

TEST(AHead, HasOneHost) {
    EXPECT_EQ(error_of(head_with({{"host", "127.0.0.1:8090"}})), "the request has several Host headers");
    EXPECT_EQ(error_of(head_with({{"host", "elsewhere.example"}}, "http://127.0.0.1:8090/")),
              "the request has several Host headers");
    const Head without{.method = "GET", .target = "http://127.0.0.1:8090/", .fields = {}};
    EXPECT_EQ(error_of(without), "the request has no Host header");
    Head old = without;
    old.version = 10;
    EXPECT_EQ(error_of(old), "none");
}

TEST(AHead, HasATargetOfAKnownForm) {
    for (const char* target : {"/", "/a?b", "*", "http://a", "HTTP://a:1/b", "http://[::1]:8090/"})
        EXPECT_EQ(error_of(head_with({}, target)), "none") << target;
    for (const char* target : {"healthz", "127.0.0.1:8090", "https://127.0.0.1:8090/", "ftp://a/", "http://",
                               "http:///a", "http:/a", "**", "?"})
        EXPECT_EQ(error_of(head_with({}, target)), "the target must be a path or an http:// URL") << target;
    EXPECT_EQ(error_of(head_with({}, "http://127.0.0.1:8090@elsewhere.example/")),
              "the target must not contain a user name");
}

TEST(ARequest, HasTheHostOfItsTarget) {
    struct Case {
        const char* target;
        const char* host;
        const char* path;
    };
    for (const auto& [target, host, path] :
         {Case{"/a?b", "127.0.0.1:8090", "/a?b"}, Case{"http://other.example/a?b", "other.example", "/a?b"},
          Case{"hTTp://other.example:1", "other.example:1", "/"},
          Case{"http://other.example?b", "other.example", "/?b"},
          Case{"http://other.example/a#b", "other.example", "/a"},
          Case{"/http://a/", "127.0.0.1:8090", "/http://a/"}}) {
        const Request request = request_of(head_with({}, target, "GET"));
        EXPECT_EQ(request.header("host"), host) << target;
        EXPECT_EQ(request.target, path) << target;
    }
    EXPECT_EQ(request_of(head_with({}, "http://127.0.0.1:8090", "OPTIONS")).target, "*");
}

TEST(ARequest, HasRepeatedFieldsAsAList) {
    EXPECT_EQ(request_of(head_with({{"upgrade", "h2c"}, {"upgrade", "websocket"}})).header("upgrade"),
              "h2c, websocket");
    EXPECT_EQ(request_of(head_with({{"upgrade", ""}, {"upgrade", "websocket"}})).header("upgrade"), ", websocket");
    EXPECT_EQ(request_of(head_with({{"upgrade", "websocket"}, {"upgrade", ""}})).header("upgrade"), "websocket, ");
}

TEST(AConnection, IsClosedIfTheClientAsksForIt) {
    EXPECT_TRUE(is_persistent(head_with({})));
    EXPECT_FALSE(is_persistent(head_with({{"connection", "Close"}})));
    EXPECT_FALSE(is_persistent(head_with({{"connection", "keep-alive"}, {"connection", "te, close"}})));
    Head old = head_with({});
    old.version = 10;
    EXPECT_FALSE(is_persistent(old));
    old.fields.emplace_back("connection", "Keep-Alive");
    EXPECT_TRUE(is_persistent(old));
}

TEST(AClient, WaitsFor100ContinueOnlyWithHttp11) {
    EXPECT_FALSE(expects_continue(head_with({})));
    Head head = head_with({{"expect", "100-Continue"}});
    EXPECT_TRUE(expects_continue(head));
    head.version = 10;
    EXPECT_FALSE(expects_continue(head));
}

TEST(ADate, IsInTheFormOfHttp) { EXPECT_EQ(http_date(784'111'777), "Sun, 06 Nov 1994 08:49:37 GMT"); }

}  // namespace
}  // namespace iomux::compare::web
