#include "compare/web/run_list.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <string>
#include <vector>

namespace iomux::compare::web {
namespace {

ListRequest asked(const std::string& query) { return parse_list_request("/api/runs" + query); }

std::string error_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const BadRequest& bad) {
        return bad.what();
    }
    return "none";
}

std::string error_in(const std::string& query) {
    return error_of([&] { asked(query); });
}

TEST(AListRequest, HasDefaultsWithoutAQuery) {
    for (const char* query : {"", "?", "?&", "?&&"}) {
        const ListRequest request = asked(query);
        EXPECT_EQ(request.limit, RunQueue::most_listed) << query;
        EXPECT_EQ(request.before, "") << query;
        EXPECT_EQ(request.search, "") << query;
    }
}

TEST(AListRequest, HasTheParametersInAnyOrder) {
    for (const char* query : {"?limit=20&before=x&search=epoll", "?search=epoll&&before=x&limit=20&"}) {
        const ListRequest request = asked(query);
        EXPECT_EQ(request.limit, 20) << query;
        EXPECT_EQ(request.before, "x") << query;
        EXPECT_EQ(request.search, "epoll") << query;
    }
}

TEST(AListRequest, DecodesNamesAndValues) {
    EXPECT_EQ(asked("?search=a+b").search, "a b");
    EXPECT_EQ(asked("?search=a%20B%2b%2B").search, "a b++");
    EXPECT_EQ(asked("?search=%C3%A4").search, "ä");
    EXPECT_EQ(asked("?search=a=b").search, "a=b");
    EXPECT_EQ(asked("?search=a%26limit%3D1").search, "a&limit=1");
    EXPECT_EQ(asked("?search=a%00b").search, std::string("a\0b", 3));
    EXPECT_EQ(asked("?search=a/b?c").search, "a/b?c");
    EXPECT_EQ(asked("?l%69mit=7").limit, 7);
    EXPECT_EQ(asked("?search").search, "");
    EXPECT_EQ(asked("?search=a&search=b").search, "b");
}

TEST(AListRequest, IsRefusedIfItIsNotEncoded) {
    for (const char* query : {"?search=%", "?search=%4", "?search=%zz", "?%", "?search=a%4&limit=3"})
        EXPECT_EQ(error_in(query), "the query has a % that two hexadecimal digits do not follow") << query;
    for (const char* query : {"?search=a b", "?search=ä", "?search=\"", "?search=a#b", "?search=\x7f"})
        EXPECT_EQ(error_in(query), "the query has a character that a URL cannot have") << query;
}

TEST(AListRequest, HasALimitWithinBounds) {
    EXPECT_EQ(asked("?limit=1").limit, 1);
    EXPECT_EQ(asked("?limit=100").limit, 100);
    for (const char* query : {"?limit=0", "?limit=101", "?limit=", "?limit", "?limit=x", "?limit=-1", "?limit=+1",
                              "?limit=1x", "?limit=18446744073709551617", "?limit=1&limit=x"})
        EXPECT_EQ(error_in(query), "\"limit\" must be a whole number from 1 to 100") << query;
}

TEST(AListRequest, HasNoOtherParameters) {
    EXPECT_EQ(error_in("?page=2"), "a list has no parameter \"page\"");
    EXPECT_EQ(error_in("?=2"), "a list has no parameter \"\"");
    EXPECT_EQ(error_in("?Limit=2"), "a list has no parameter \"Limit\"");
}

// Of so many runs, whose ids are their numbers, the newest first.
std::deque<Run> runs_up_to(int count) {
    std::deque<Run> runs;
    for (int number = count; number > 0; --number)
        runs.push_back({.id = std::to_string(number),
                        .created = "2026-11-25T14:20:15Z",
                        .request = {{"kind", "comparison"}, {"servers", {number % 2 == 0 ? "epoll" : "select"}}},
                        .state = RunState::finished,
                        .name = number == 3 ? "Before the change" : ""});
    return runs;
}

bool in_every_list(const Run&) { return true; }

std::vector<std::string> ids_in(const RunPage& page) {
    std::vector<std::string> ids;
    for (const Run* run : page.runs) ids.push_back(run->id);
    return ids;
}

using Ids = std::vector<std::string>;

TEST(APageOfRuns, HasThePartsOfAListOneAfterTheOther) {
    const auto runs = runs_up_to(5);
    RunPage page = page_of(runs, {.limit = 2}, in_every_list);
    EXPECT_EQ(ids_in(page), (Ids{"5", "4"}));
    EXPECT_EQ(page.total, 5);
    EXPECT_EQ(page.next, "4");
    page = page_of(runs, {.limit = 2, .before = page.next}, in_every_list);
    EXPECT_EQ(ids_in(page), (Ids{"3", "2"}));
    EXPECT_EQ(page.next, "2");
    page = page_of(runs, {.limit = 2, .before = page.next}, in_every_list);
    EXPECT_EQ(ids_in(page), (Ids{"1"}));
    EXPECT_EQ(page.total, 5);
    EXPECT_EQ(page.next, "");
}

TEST(APageOfRuns, HasOnlyRunsWithAllWords) {
    const auto runs = runs_up_to(4);
    EXPECT_EQ(ids_in(page_of(runs, {.search = "epoll"}, in_every_list)), (Ids{"4", "2"}));
    EXPECT_EQ(ids_in(page_of(runs, {.search = "change  before"}, in_every_list)), (Ids{"3"}));
    EXPECT_EQ(ids_in(page_of(runs, {.search = "epoll change"}, in_every_list)), Ids());
    EXPECT_EQ(page_of(runs, {.search = "finished"}, in_every_list).total, 4);
}

TEST(APageOfRuns, HasOnlyRunsThatBelongToTheList) {
    const auto runs = runs_up_to(4);
    const auto belongs = [](const web::Run& run) { return run.id != "3"; };
    EXPECT_EQ(ids_in(page_of(runs, {.limit = 2}, belongs)), (Ids{"4", "2"}));
    EXPECT_EQ(page_of(runs, {.limit = 2}, belongs).total, 3);
    // The run before which the others were requested need not belong to it.
    EXPECT_EQ(ids_in(page_of(runs, {.before = "3"}, belongs)), (Ids{"2", "1"}));
}

TEST(APageOfRuns, IsRefusedBeforeAnUnknownRun) {
    EXPECT_EQ(error_of([] { page_of(runs_up_to(2), {.before = "9"}, in_every_list); }),
              "no run has the ID in \"before\"");
}

TEST(AName, IsAnyLineOfText) {
    EXPECT_EQ(parse_name(R"({"name": "größer, „vorher“"})"), "größer, „vorher“");
    EXPECT_EQ(parse_name(R"({"name": null})"), "");
    EXPECT_EQ(parse_name(R"({"name": "  "})"), "");
    EXPECT_EQ(parse_name(R"({"name": ")" + std::string(longest_name, 'a') + R"("})"), std::string(longest_name, 'a'));
}

TEST(AName, IsRefusedIfItIsNotOne) {
    const auto error = [](const std::string& json) { return error_of([&] { parse_name(json); }); };
    for (const char* json : {"{}", R"({"name": 1})", R"({"name": "a", "other": 1})"})
        EXPECT_EQ(error(json), "the body must have the member \"name\", a text or null, and no other") << json;
    EXPECT_EQ(error(R"({"name": "a\nb"})"), "the name has a control character");
    EXPECT_EQ(error(R"({"name": ")" + std::string(longest_name + 1, 'a') + R"("})"),
              "the name has 201 bytes; at most 200 are allowed");
    EXPECT_TRUE(error("[]").starts_with("the body must be a JSON object: "));
}

}  // namespace
}  // namespace iomux::compare::web
