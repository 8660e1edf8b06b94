#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cmath>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>

#include "cli/json_reader.hpp"
#include "cli/json_text.hpp"

namespace iomux::cli {
namespace {

enum class Colour { red, green };
std::string_view name_of(Colour colour) { return colour == Colour::red ? "red" : "green"; }

TEST(JsonText, IsWhatBoostWrites) {
    const boost::json::value value{{"a", {1, 2.5, nullptr, true}}, {"caf\u00e9", "\n\x01"}};
    EXPECT_EQ(json_text(value), boost::json::serialize(value));
}

TEST(JsonText, EscapesBytesThatAreNotUtf8) {
    const boost::json::value value{{"na\xffme", "\xe9\xe6\x97\xa5"}};
    EXPECT_EQ(json_text(value), R"({"na\\xffme":"\\xe9)"
                                "\xe6\x97\xa5"
                                R"("})");
    EXPECT_EQ(boost::json::parse(json_text(value)).at("na\\xffme"), "\\xe9\xe6\x97\xa5");
}

TEST(JsonText, HasNoNumbersThatJsonDoesNotHave) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const boost::json::value value{{"a", {1.5, infinity, -infinity}}, {"b", std::nan("")}};
    EXPECT_EQ(json_text(value), R"({"a":[1.5E0,null,null],"b":null})");
}

std::string refusal_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "none";
}

std::string refusal_of_text(const std::string& json) {
    return refusal_of([&] { parse_json(json); });
}

TEST(InvalidJson, IsRefusedWithItsPlace) {
    EXPECT_EQ(refusal_of_text("{}"), "none");
    EXPECT_EQ(refusal_of_text(""), "not valid JSON: it is empty");
    EXPECT_EQ(refusal_of_text(" \n"), "not valid JSON: it is empty");
    EXPECT_EQ(refusal_of_text("{\n  \"a\": 1"), "not valid JSON: line 2, column 9: it ends too early");
    EXPECT_EQ(refusal_of_text("{\n  \"a\": x}"), "not valid JSON: line 2, column 8: syntax error");
    EXPECT_EQ(refusal_of_text("{} {}"), "not valid JSON: line 1, column 4: extra data");
    EXPECT_EQ(refusal_of_text(std::string(100, '[')), "not valid JSON: line 1, column 33: it is nested too deeply");
}

class AReader : public ::testing::Test {
protected:
    std::string refusal(const std::function<void(const JsonReader&)>& read) {
        return refusal_of([&] { read(JsonReader(document_)); });
    }

    const boost::json::value document_ = {{"list",
                                           {{{"name", "x"}},
                                            {{"name", 5},
                                             {"big", std::numeric_limits<double>::infinity()},
                                             {"half", 0.5},
                                             {"less", -1},
                                             {"null", nullptr}}}}};
};

TEST_F(AReader, ReturnsWhatTheDocumentHas) {
    const JsonReader list = JsonReader(document_).at("list");
    EXPECT_EQ(list.at(0).at("name").text(), "x");
    EXPECT_EQ(list.elements()[1].at("name").number<int>(), 5);
    EXPECT_EQ(list.at(1).at("half").optional_number<double>(), 0.5);
    EXPECT_EQ(list.at(1).at("null").optional_text(), std::nullopt);
    EXPECT_EQ(list.at(1).at_or_null("none").optional_number<int>(), std::nullopt);
}

TEST_F(AReader, RefusesAMissingMemberWithItsPlace) {
    EXPECT_EQ(refusal([](const JsonReader& json) { json.at("lists"); }), "lists is missing");
    EXPECT_EQ(refusal([](const JsonReader& json) { json.at("list").at(1).at("nam"); }), "list[1].nam is missing");
    EXPECT_EQ(refusal([](const JsonReader& json) { json.at("list").at(2); }),
              "list: expected an array of at least 3 elements, not an array");
}

TEST_F(AReader, RefusesAnotherTypeWithItsPlace) {
    const auto name = [](const JsonReader& json) { return json.at("list").at(1).at("name"); };
    EXPECT_EQ(refusal([&](const JsonReader& json) { name(json).text(); }), "list[1].name: expected a text, not 5");
    EXPECT_EQ(refusal([&](const JsonReader& json) { name(json).flag(); }),
              "list[1].name: expected true or false, not 5");
    EXPECT_EQ(refusal([&](const JsonReader& json) { name(json).elements(); }),
              "list[1].name: expected an array, not 5");
    EXPECT_EQ(refusal([&](const JsonReader& json) { name(json).at("x"); }), "list[1].name: expected an object, not 5");
    EXPECT_EQ(refusal([](const JsonReader& json) { json.at("list").text(); }), "list: expected a text, not an array");
    EXPECT_EQ(refusal([](const JsonReader& json) { json.elements(); }),
              "the whole document: expected an array, not an object");
}

TEST_F(AReader, RefusesANumberThatDoesNotFit) {
    const auto member = [this](const char* name) {
        return refusal([name](const JsonReader& json) { json.at("list").at(1).at(name).number<std::uint8_t>(); });
    };
    EXPECT_EQ(member("half"), "list[1].half: expected a whole number from 0 to 255, not 5E-1");
    EXPECT_EQ(member("less"), "list[1].less: expected a whole number from 0 to 255, not -1");
    EXPECT_EQ(refusal([](const JsonReader& json) { json.at("list").at(1).at("big").number<double>(); }),
              "list[1].big: expected a number, not one beyond all bounds");
}

TEST_F(AReader, RefusesANameThatIsNoneOfThoseAllowed) {
    EXPECT_EQ(refusal([](const JsonReader& json) {
                  json.at("list").at(0).at("name").named({Colour::red, Colour::green});
              }),
              "list[0].name: expected one of red, green, not \"x\"");
}

TEST(TextsOfJson, AreMadeWellFormedAtEveryDepth) {
    boost::json::value json{{"a\u202e", {"b\u2066", {{"c", "\x1b"}}}}, {"d", 1}};
    EXPECT_TRUE(make_texts_well_formed(json));
    const boost::json::value well_formed{{"a\\xe2\\x80\\xae", {"b\\xe2\\x81\\xa6", {{"c", "\\x1b"}}}}, {"d", 1}};
    EXPECT_EQ(json, well_formed);
    EXPECT_FALSE(make_texts_well_formed(json));
}

TEST(TextsOfJson, ThatAreWellFormedStay) {
    boost::json::value json{{"caf\u00e9", {"two\nlines", "tab\t", "\\x1b", nullptr, true}}};
    const boost::json::value same = json;
    EXPECT_FALSE(make_texts_well_formed(json));
    EXPECT_EQ(json, same);
}

}  // namespace
}  // namespace iomux::cli
