#include "compare/web/stored_results.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <functional>
#include <string>

#include "fixtures.hpp"

namespace iomux::compare::web {
namespace {

using boost::json::value;

constexpr const char* run_id = "20261125T142015Z-0a1b2c3d";

const value trace = boost::json::parse(R"({"format": "iomux-trace", "version": 2, "size": 64, "note": "traced",
    "servers": [{"name": "epoll", "program": "raw", "unavailable": null, "answered_us": 80.5, "calls": [
        {"step": "message", "stage": "read", "call": "recvfrom", "at_us": -1.5, "took_us": 20, "result": -1,
         "error": "EAGAIN", "thread": 0, "sleeps": 1, "detail": "fd 7"}]}]})");

const value claims = boost::json::parse(R"({"format": "iomux-claims", "version": 1, "environment": {}, "claims": [
    {"id": "a", "claim": "b", "experiment": "c", "verdict": "holds", "why": "d", "figures": [
        {"name": "e", "value": 1.5, "unit": "f"}]}]})");

const value explanation = boost::json::parse(R"({"format": "iomux-explanation", "version": 1, "sampled_sessions": 4,
    "work": {"text": "a load"}, "summary": ["b"], "warnings": ["c"],
    "servers": [{"server": "epoll", "program": "raw", "name": "epoll"}],
    "parts": [{"layer": "library", "stage": "read", "us": [1.5], "functions": [{"function": "d", "us": [1.5]}]}],
    "functions": [{"name": "d", "in": "kernel"}], "stacks": [{"function": 0, "caller": 0, "us": [1.5]}]})");

std::string_view kind_of(const value& results) {
    if (results.as_object().contains("claims")) return "claims";
    return results.as_object().contains("size") ? "trace" : "explanation";
}

std::string fault_in(const value& results) {
    const TemporaryFolder folder;
    const Store store(folder.path());
    store.keep_results(run_id, boost::json::serialize(results));
    return fault_in_results(store, run_id, kind_of(results)).value_or("none");
}

// Calls `look` with the place of each member within the value: `servers[0].name`, and as a pointer (RFC 6901).
void for_each_member(const value& of, const std::function<void(const std::string&, const std::string&)>& look,
                     const std::string& place = "", const std::string& pointer = "") {
    if (const auto* object = of.if_object())
        for (const auto& [name, member] : *object) {
            const std::string its_place = place.empty() ? std::string(name) : place + "." + std::string(name);
            look(its_place, pointer + "/" + std::string(name));
            for_each_member(member, look, its_place, pointer + "/" + std::string(name));
        }
    if (const auto* array = of.if_array()) for_each_member(array->at(0), look, place + "[0]", pointer + "/0");
}

enum class Kind { of_trace, of_claims, of_explanation };

class OtherResults : public testing::TestWithParam<Kind> {
protected:
    const value& whole() const {
        if (GetParam() == Kind::of_explanation) return explanation;
        return GetParam() == Kind::of_trace ? trace : claims;
    }
};

TEST_P(OtherResults, AreReadIfTheyAreWhole) { EXPECT_EQ(fault_in(whole()), "none"); }

TEST_P(OtherResults, AreUnreadableIfAMemberIsMissing) {
    for_each_member(whole(), [this](const std::string& place, const std::string& pointer) {
        value results = whole();
        const std::size_t name = pointer.rfind('/');
        results.at_pointer(pointer.substr(0, name)).as_object().erase(pointer.substr(name + 1));
        EXPECT_EQ(fault_in(results), place + " is missing");
    });
}

TEST_P(OtherResults, AreUnreadableIfAMemberHasAnotherType) {
    for_each_member(whole(), [this](const std::string& place, const std::string& pointer) {
        value results = whole();
        results.at_pointer(pointer) = true;
        const std::string fault = fault_in(results);
        if (place == "version")
            EXPECT_TRUE(fault.starts_with("only version")) << fault;
        else
            EXPECT_TRUE(fault.starts_with(place + ": expected ") && fault.ends_with(", not true")) << fault;
    });
}

INSTANTIATE_TEST_SUITE_P(Of, OtherResults, testing::Values(Kind::of_trace, Kind::of_claims, Kind::of_explanation),
                         [](const auto& of) {
                             if (of.param == Kind::of_explanation) return "Explanations";
                             return of.param == Kind::of_trace ? "Traces" : "Claims";
                         });

TEST(StoredResults, OfATraceMayHaveVersionOneWithoutSleeps) {
    value older = trace;
    older.as_object()["version"] = 1;
    older.at_pointer("/servers/0/calls/0").as_object().erase("sleeps");
    EXPECT_EQ(fault_in(older), "none");
    older.as_object()["version"] = 2;
    EXPECT_EQ(fault_in(older), "servers[0].calls[0].sleeps is missing");
}

TEST(StoredResults, OfAnExplanationMayHaveLines) {
    value with_lines = explanation;
    with_lines.at_pointer("/servers/0").as_object()["lines"] =
        boost::json::parse(R"([{"file": "raw/epoll.cpp", "line": 80, "us": 1.5}])");
    EXPECT_EQ(fault_in(with_lines), "none");
    with_lines.at_pointer("/servers/0/lines/0/line") = "80";
    EXPECT_TRUE(fault_in(with_lines).starts_with("servers[0].lines[0].line: expected ")) << fault_in(with_lines);
}

TEST(StoredResults, AreOfTheKindOfTheirRun) {
    const TemporaryFolder folder;
    const Store store(folder.path());
    store.keep_results(run_id, boost::json::serialize(trace));
    EXPECT_EQ(fault_in_results(store, run_id, "comparison"), "format: expected iomux-results, not iomux-trace");
    EXPECT_EQ(fault_in_results(store, run_id, "claims"), "format: expected iomux-claims, not iomux-trace");
}

TEST(StoredResults, AreNothingIfThereIsNoFile) {
    const TemporaryFolder folder;
    const Store store(folder.path());
    EXPECT_EQ(current_results(store, run_id), std::nullopt);
    EXPECT_EQ(fault_in_results(store, run_id, "trace"), "there is no such file");
}

}  // namespace
}  // namespace iomux::compare::web
