#include "compare/web/router.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <boost/json.hpp>

#include "compare/claims/claims_measurement.hpp"
#include "fixtures.hpp"

namespace iomux::compare::web {
namespace {

constexpr const char* host = "127.0.0.1:8090";
constexpr const char* unknown_run = "/api/runs/20261125T142015Z-0a1b2c3d";

class ARouter : public testing::Test {
protected:
    Response answer(std::string method, std::string target, std::map<std::string, std::string> headers = {},
                    std::string body = "") {
        headers.emplace("host", host);
        Response response = router.answer({std::move(method), std::move(target), std::move(headers), std::move(body)});
        return response.work ? response.work() : response;
    }
    Response post(std::string body) {
        return answer("POST", "/api/runs",
                      {{"authorization", "Bearer secret"},
                       {"content-type", "application/json"},
                       {"content-length", std::to_string(body.size())}},
                      body);
    }

    Response follow(std::map<std::string, std::string> other) {
        if (queue.all().empty()) post(R"({"servers":["epoll"]})");
        other.insert(websocket.begin(), websocket.end());
        return answer("GET", "/api/runs/" + queue.all().front().id + "/events", std::move(other));
    }

    const std::map<std::string, std::string> websocket{{"upgrade", "websocket"},
                                                       {"connection", "Upgrade"},
                                                       {"sec-websocket-version", "13"},
                                                       {"sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA=="}};
    const TemporaryFolder folder;
    Store store{folder.path()};
    const std::vector<ServerSpec> servers = some_servers();
    Puppets puppets;
    Metrics metrics;
    RunQueue queue{store, servers, puppets.hooks()};
    const Router router{Guard({host}, "secret"), {servers, queue, store, metrics}};
};

std::string header(const Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers)
        if (key == name) return value;
    return "";
}

TEST_F(ARouter, IgnoresTheQuery) { EXPECT_EQ(answer("GET", "/healthz?x=1").status, 200u); }

TEST_F(ARouter, AnswersHeadLikeGet) {
    EXPECT_EQ(answer("HEAD", "/api/servers").body, answer("GET", "/api/servers").body);
}

TEST_F(ARouter, AnswersOtherPathsWithNotFound) {
    for (const char* path :
         {"/api", "/api/runs/", "/api/runs/a/b", "/../etc/passwd", "/api/results/x/report/", "", "*"}) {
        const Response response = answer("GET", path);
        EXPECT_EQ(response.status, 404u) << path;
        EXPECT_EQ(boost::json::parse(response.body).at("error"), "not found") << path;
    }
}

TEST_F(ARouter, ListsTheAllowedMethods) {
    const Response response = answer("PUT", "/api/runs");
    EXPECT_EQ(response.status, 405u);
    EXPECT_EQ(header(response, "Allow"), "GET, HEAD, POST");
    EXPECT_EQ(header(answer("POST", "/"), "Allow"), "GET, HEAD");
}

TEST_F(ARouter, SaysWhatToDoInEveryError) {
    for (const Response& response :
         {answer("GET", "/nothing"), answer("PUT", "/healthz"), post("{"), answer("POST", "/api/runs")}) {
        const boost::json::object error = boost::json::parse(response.body).as_object();
        EXPECT_FALSE(error.at("error").as_string().empty());
        EXPECT_FALSE(error.at("hint").as_string().empty());
    }
}

TEST_F(ARouter, StartsNoRunWithoutTheToken) {
    EXPECT_EQ(answer("POST", "/api/runs", {{"content-type", "application/json"}}, R"({"servers":["epoll"]})").status,
              401u);
    EXPECT_EQ(answer("DELETE", unknown_run).status, 401u);
    EXPECT_TRUE(puppets.started.empty());
}

TEST_F(ARouter, NeedsJsonWithAKnownLength) {
    EXPECT_EQ(answer("POST", "/api/runs", {{"authorization", "Bearer secret"}}).status, 411u);
    EXPECT_EQ(
        answer("POST", "/api/runs",
               {{"authorization", "Bearer secret"}, {"content-type", "text/plain"}, {"content-length", "2"}}, "{}")
            .status,
        415u);
}

TEST_F(ARouter, ReadsJsonWhateverTheCaseAndTheParametersOfItsType) {
    for (const char* type : {"application/json", "Application/JSON", "application/json; charset=utf-8",
                             "application/json;charset=UTF-8", "application/json\t; a=b"})
        EXPECT_EQ(answer("POST", "/api/runs",
                         {{"authorization", "bearer secret"}, {"content-type", type}, {"content-length", "1"}}, "{")
                      .status,
                  400u)
            << type;
    for (const char* type : {"application/jsonp", "text/json", "json", "", "application/json, application/json"})
        EXPECT_EQ(answer("POST", "/api/runs",
                         {{"authorization", "bearer secret"}, {"content-type", type}, {"content-length", "1"}}, "{")
                      .status,
                  415u)
            << type;
}

TEST_F(ARouter, SaysWhichMethodsTheServiceKnows) {
    const Response response = answer("OPTIONS", "*");
    EXPECT_EQ(response.status, 200u);
    EXPECT_EQ(header(response, "Allow"), "GET, HEAD, POST, PATCH, DELETE, OPTIONS");
    EXPECT_EQ(answer("OPTIONS", "/healthz").status, 405u);
}

TEST_F(ARouter, StartsARunAndSaysWhereItIs) {
    const Response response = post(R"({"servers":["epoll"]})");
    EXPECT_EQ(response.status, 201u);
    const Response run = answer("GET", header(response, "Location"));
    EXPECT_EQ(boost::json::parse(run.body).at("state"), "running");
}

TEST_F(ARouter, StopsARunOnce) {
    post(R"({"servers":["epoll"]})");
    const std::string path = "/api/runs/" + queue.all().front().id;
    EXPECT_EQ(answer("DELETE", path, {{"authorization", "Bearer secret"}}).status, 202u);
    const ProcessListener listener = puppets.listener;
    listener.ended("exit 130");
    EXPECT_EQ(answer("DELETE", path, {{"authorization", "Bearer secret"}}).status, 409u);
    EXPECT_EQ(answer("DELETE", unknown_run, {{"authorization", "Bearer secret"}}).status, 404u);
}

TEST_F(ARouter, LimitsTheQueue) {
    for (std::size_t i = 0; i <= RunQueue::most_waiting; ++i) EXPECT_EQ(post(R"({"servers":["epoll"]})").status, 201u);
    EXPECT_EQ(post(R"({"servers":["epoll"]})").status, 429u);
}

TEST_F(ARouter, SendsEventsOnlyToAWebSocket) {
    const Response response = follow({});
    EXPECT_EQ(response.feed, queue.all().front().id);
    EXPECT_EQ(follow({{"connection", "keep-alive, Upgrade"}, {"upgrade", "h2c, WebSocket"}}).status, 101u);
    for (const char* upgrade : {"", "h2c", "websockets"}) EXPECT_EQ(follow({{"upgrade", upgrade}}).status, 426u);
    for (const char* connection : {"", "keep-alive", "no-upgrade"})
        EXPECT_EQ(follow({{"connection", connection}}).status, 426u);
}

TEST_F(ARouter, HasNoEventsOfAnUnknownRun) {
    EXPECT_EQ(answer("GET", std::string(unknown_run) + "/events", websocket).status, 404u);
}

TEST_F(ARouter, NeedsAVersionAndAKeyOfAWebSocket) {
    for (const char* version : {"", "12", "13, 8"}) {
        const Response response = follow({{"sec-websocket-version", version}});
        EXPECT_EQ(response.status, 426u) << version;
        EXPECT_EQ(header(response, "Sec-WebSocket-Version"), "13");
    }
    for (const char* key :
         {"", "AAAA", "AAAAAAAAAAAAAAAAAAAAAA=", "AAAAAAAAAAAAAAAAAAAAAA==, ", "AAAAAAAAAAAAAAAAAAAAA*=="})
        EXPECT_EQ(follow({{"sec-websocket-key", key}}).status, 400u) << key;
}

TEST_F(ARouter, LimitsTheNumberOfWebSockets) {
    metrics.feeds_open = Router::most_feeds - 1;
    EXPECT_EQ(follow({}).status, 101u);
    ++metrics.feeds_open;
    EXPECT_EQ(follow({}).status, 503u);
    EXPECT_EQ(answer("GET", "/healthz").status, 200u);
}

TEST_F(ARouter, HidesTheCommandOfTheUsersServer) {
    const std::string servers_told = answer("GET", "/api/servers").body;
    EXPECT_NE(servers_told.find("\"mine\""), std::string::npos);
    EXPECT_EQ(servers_told.find("my-server"), std::string::npos);
}

TEST_F(ARouter, HasReportsAndSummariesOnlyOfComparisons) {
    post(R"({"kind":"claims"})");
    puppets.listener.said(
        R"({"event":"finished","results":{"format":"iomux-claims","version":1,"environment":{},"claims":[]}})");
    const std::string path = "/api/results/" + queue.all().front().id;
    EXPECT_EQ(answer("GET", path).status, 200u);
    EXPECT_EQ(answer("GET", path + "/report").status, 404u);
    EXPECT_EQ(answer("GET", path + "/summary").status, 404u);
}

TEST_F(ARouter, ListsAllClaimsBeforeTheyAreTested) {
    const boost::json::object claims = boost::json::parse(answer("GET", "/api/claims").body).as_object();
    EXPECT_TRUE(claims.at("of").is_null());
    EXPECT_EQ(claims.at("claims").as_array().size(), untried_claims().size());
}

TEST_F(ARouter, ListsTheClaimsOfTheNewestRunThatTestedThem) {
    const auto run_claims_to = [&](const char* claims) {
        post(R"({"kind":"claims"})");
        if (claims != nullptr)
            puppets.listener.said(fmt::format(
                R"({{"event":"finished","results":{{"format":"iomux-claims","version":1,"environment":{{}},"claims":[{{"id":"{}","claim":"","experiment":"","figures":[],"verdict":"holds","why":""}}]}}}})",
                claims));
        const ProcessListener listener = puppets.listener;
        listener.ended(std::nullopt);
        return queue.all().front().id;
    };
    run_claims_to("older");
    const std::string newest = run_claims_to("newest");
    run_claims_to(nullptr);  // this run fails
    const boost::json::value claims = boost::json::parse(answer("GET", "/api/claims").body);
    EXPECT_EQ(claims.at("of").at("id").as_string(), newest);
    EXPECT_EQ(claims.at("claims").at(0).at("id"), "newest");
}

TEST_F(ARouter, HasNoResultsOfARunWithoutAny) {
    post(R"({"servers":["epoll"]})");
    EXPECT_EQ(answer("GET", "/api/results/" + queue.all().front().id).status, 404u);
    EXPECT_EQ(boost::json::parse(answer("GET", "/api/results").body).at("results").as_array().size(), 0u);
}

TEST_F(ARouter, AllowsOnlyItsOwnScriptsInThePage) {
    const Response page = answer("GET", "/");
    EXPECT_EQ(page.status, 200u);
    EXPECT_NE(header(page, "Content-Security-Policy").find("script-src 'self'"), std::string::npos);
    EXPECT_EQ(page.body.find("<script>"), std::string::npos);
    EXPECT_EQ(header(page, "X-Content-Type-Options"), "nosniff");
}

TEST_F(ARouter, HasMetricsForPrometheus) {
    metrics.responses[200] = 3;
    const std::string text = answer("GET", "/metrics").body;
    EXPECT_NE(text.find("iomux_http_responses_total{status=\"200\"} 3\n"), std::string::npos);
    EXPECT_NE(text.find("# TYPE iomux_connections gauge\n"), std::string::npos);
}

}  // namespace
}  // namespace iomux::compare::web
