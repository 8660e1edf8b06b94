#include "cli/json_reader.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cmath>
#include <stdexcept>

#include "cli/json_text.hpp"
#include "cli/printable.hpp"

namespace iomux::cli {
namespace {

constexpr const char* whole_document = "the whole document";

std::string with_member(const std::string& place, std::string_view member) {
    return place.empty() ? std::string(member) : fmt::format("{}.{}", place, member);
}

// The place of the value within another one; nothing if it is not in it.
std::optional<std::string> place_in(const boost::json::value& whole, const boost::json::value* sought,
                                    const std::string& place = "") {
    if (&whole == sought) return place;
    if (const auto* object = whole.if_object())
        for (const auto& [name, member] : *object)
            if (auto found = place_in(member, sought, with_member(place, name))) return found;
    if (const auto* array = whole.if_array())
        for (std::size_t index = 0; index < array->size(); ++index)
            if (auto found = place_in((*array)[index], sought, fmt::format("{}[{}]", place, index))) return found;
    return std::nullopt;
}

// An object or an array is described, because its text may be long.
std::string shown(const boost::json::value& value) {
    if (value.is_object()) return "an object";
    if (value.is_array()) return "an array";
    if (value.is_double() && !std::isfinite(value.get_double())) return "one beyond all bounds";
    return excerpt(json_text(value));
}

const boost::json::value& null() {
    static const boost::json::value null = nullptr;
    return null;
}

}  // namespace

JsonReader JsonReader::at(std::string_view member) const {
    if (const boost::json::value* found = object().if_contains(member)) return {document_, found};
    throw std::runtime_error(fmt::format("{} is missing", with_member(place(), member)));
}

JsonReader JsonReader::at_or_null(std::string_view member) const {
    const boost::json::value* found = object().if_contains(member);
    return {document_, found != nullptr ? found : &null()};
}

bool JsonReader::contains(std::string_view member) const { return object().contains(member); }

JsonReader JsonReader::at(std::size_t index) const {
    if (!value_->is_array() || index >= value_->get_array().size())
        refuse_value(fmt::format("an array of at least {} elements", index + 1));
    return {document_, &value_->get_array()[index]};
}

std::string JsonReader::text() const {
    if (!value_->is_string()) refuse_value("a text");
    return std::string(value_->get_string());
}

std::vector<std::string> JsonReader::texts() const {
    std::vector<std::string> texts;
    for (const JsonReader& element : elements()) texts.push_back(element.text());
    return texts;
}

bool JsonReader::flag() const {
    if (!value_->is_bool()) refuse_value("true or false");
    return value_->get_bool();
}

const boost::json::object& JsonReader::object() const {
    if (!value_->is_object()) refuse_value("an object");
    return value_->get_object();
}

std::vector<JsonReader> JsonReader::elements() const {
    if (!value_->is_array()) refuse_value("an array");
    std::vector<JsonReader> elements;
    for (const boost::json::value& element : value_->get_array()) elements.push_back({document_, &element});
    return elements;
}

void JsonReader::for_each_member(const std::function<void(std::string_view, const JsonReader&)>& read) const {
    for (const auto& [name, member] : object()) read(name, {document_, &member});
}

void JsonReader::refuse(std::string_view why) const {
    const std::string where = place();
    throw std::runtime_error(fmt::format("{}: {}", where.empty() ? whole_document : where, why));
}

void JsonReader::refuse_value(std::string_view expected) const {
    refuse(fmt::format("expected {}, not {}", expected, shown(*value_)));
}

std::string JsonReader::place() const { return place_in(*document_, value_).value_or(""); }

}  // namespace iomux::cli
