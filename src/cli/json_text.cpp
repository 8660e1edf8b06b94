#include "cli/json_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "cli/printable.hpp"

namespace iomux::cli {
namespace {

std::string without_invalid_bytes(std::string_view json) {
    std::string text;
    while (!json.empty()) {
        const std::size_t size = character_size(json);
        if (size == 0) fmt::format_to(std::back_inserter(text), "\\\\x{:02x}", static_cast<unsigned char>(json[0]));
        text += json.substr(0, size);
        json.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return text;
}

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// JSON has no infinite numbers and none that is not a number, but Boost.JSON writes them.
bool is_no_json(const boost::json::value& value) { return value.is_double() && !std::isfinite(value.get_double()); }

bool has_no_json(const boost::json::value& value) {
    if (const auto* array = value.if_array()) return std::ranges::any_of(*array, has_no_json);
    if (const auto* object = value.if_object())
        return std::ranges::any_of(*object, [](const auto& member) { return has_no_json(member.value()); });
    return is_no_json(value);
}

void replace_no_json(boost::json::value& value) {
    if (is_no_json(value)) value = nullptr;
    if (auto* array = value.if_array())
        for (boost::json::value& element : *array) replace_no_json(element);
    if (auto* object = value.if_object())
        for (auto& member : *object) replace_no_json(member.value());
}

std::string serialized(const boost::json::value& value) {
    if (!has_no_json(value)) return boost::json::serialize(value);
    boost::json::value other = value;
    replace_no_json(other);
    return boost::json::serialize(other);
}

bool make_well_formed(boost::json::string& text) {
    if (std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; })) return false;
    const std::string well_formed = well_formed_text(text);
    if (well_formed == std::string_view(text)) return false;
    text = well_formed;
    return true;
}

bool make_names_well_formed(boost::json::object& members) {
    boost::json::object renamed(members.storage());
    bool changed = false;
    for (auto& [name, member] : members) {
        boost::json::string well_formed(name);
        changed |= make_well_formed(well_formed);
        renamed.insert_or_assign(well_formed, std::move(member));
    }
    members = std::move(renamed);
    return changed;
}

std::string reason_of(const boost::system::error_code& error) {
    if (error == boost::json::error::incomplete) return "it ends too early";
    if (error == boost::json::error::too_deep) return "it is nested too deeply";
    return error.message();
}

}  // namespace

std::string json_text(const boost::json::value& value) {
    std::string text = serialized(value);
    // Bytes above ASCII occur only within texts.
    return is_ascii(text) ? text : without_invalid_bytes(text);
}

bool make_texts_well_formed(boost::json::value& value) {
    bool changed = false;
    if (auto* text = value.if_string()) changed = make_well_formed(*text);
    if (auto* array = value.if_array())
        for (boost::json::value& element : *array) changed |= make_texts_well_formed(element);
    if (auto* object = value.if_object()) {
        changed = make_names_well_formed(*object);
        for (auto& member : *object) changed |= make_texts_well_formed(member.value());
    }
    return changed;
}

boost::json::value parse_json(std::string_view text) {
    if (text.find_first_not_of(" \t\r\n") == text.npos) throw std::runtime_error("not valid JSON: it is empty");
    boost::json::parser parser;
    boost::system::error_code error;
    const std::size_t parsed = parser.write_some(text.data(), text.size(), error);
    if (!error && parsed < text.size()) error = boost::json::error::extra_data;
    if (error) {
        const std::string_view before = text.substr(0, parsed);
        const std::size_t line = 1 + static_cast<std::size_t>(std::ranges::count(before, '\n'));
        const std::size_t column = before.size() - (before.rfind('\n') + 1) + 1;
        throw std::runtime_error(fmt::format("not valid JSON: line {}, column {}: {}", line, column, reason_of(error)));
    }
    return parser.release();
}

}  // namespace iomux::cli
