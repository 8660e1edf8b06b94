#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace iomux::cli {

/// A value of a JSON document, of which another type or value than the expected one is refused with its place:
/// `scenarios[0].points[2].label: expected a text, not 5`. It refers to the document, which must outlive it. Whatever
/// is refused throws std::runtime_error.
class JsonReader {
public:
    /// The whole document.
    explicit JsonReader(const boost::json::value& document) : document_(&document), value_(&document) {}
    explicit JsonReader(const boost::json::value&&) = delete;

    /// A member. Refuses a value that is no object or has no such member.
    JsonReader at(std::string_view member) const;
    /// A member, or a null value if there is none.
    JsonReader at_or_null(std::string_view member) const;
    bool contains(std::string_view member) const;
    /// An element of an array.
    JsonReader at(std::size_t index) const;

    bool is_null() const { return value_->is_null(); }
    bool is_object() const { return value_->is_object(); }
    const boost::json::value& value() const { return *value_; }

    std::string text() const;
    std::vector<std::string> texts() const;
    bool flag() const;
    /// A number that the type can hold, and that is finite.
    template <class Number>
    Number number() const;
    const boost::json::object& object() const;
    std::vector<JsonReader> elements() const;
    /// Calls `read` with the name and the value of each member.
    void for_each_member(const std::function<void(std::string_view, const JsonReader&)>& read) const;

    /// What `read` returns for the value, or nothing if it is null.
    template <class Read>
    auto unless_null(Read read) const {
        return is_null() ? std::nullopt : std::optional(read(*this));
    }
    std::optional<std::string> optional_text() const { return unless_null(std::mem_fn(&JsonReader::text)); }
    template <class Number>
    std::optional<Number> optional_number() const {
        return unless_null(std::mem_fn(&JsonReader::number<Number>));
    }
    /// The one of these values that `name_of` gives this name.
    template <class Named>
    Named named(std::span<const Named> all) const;
    template <class Named>
    Named named(std::initializer_list<Named> all) const {
        return named(std::span<const Named>(all.begin(), all.size()));
    }

    /// Throws: `PLACE: WHY`.
    [[noreturn]] void refuse(std::string_view why) const;
    /// Throws: `PLACE: expected EXPECTED, not VALUE`.
    [[noreturn]] void refuse_value(std::string_view expected) const;

private:
    JsonReader(const boost::json::value* document, const boost::json::value* value)
        : document_(document), value_(value) {}

    std::string place() const;

    const boost::json::value* document_;
    const boost::json::value* value_;
};

template <class Number>
Number JsonReader::number() const {
    boost::system::error_code error;
    const auto number = value_->is_number() ? value_->to_number<Number>(error) : Number();
    const bool fits = value_->is_number() && !error;
    if constexpr (std::floating_point<Number>) {
        // JSON has no infinite numbers, but the parser reads 1e999 as infinity.
        if (!fits || number > std::numeric_limits<Number>::max() || number < std::numeric_limits<Number>::lowest())
            refuse_value("a number");
    } else if (!fits) {
        refuse_value(std::string("a whole number from ") + std::to_string(std::numeric_limits<Number>::min()) + " to " +
                     std::to_string(std::numeric_limits<Number>::max()));
    }
    return number;
}

template <class Named>
Named JsonReader::named(std::span<const Named> all) const {
    const std::string name = text();
    std::string names;
    for (const Named one : all) {
        if (name_of(one) == std::string_view(name)) return one;
        names += (names.empty() ? "" : ", ") + std::string(name_of(one));
    }
    refuse_value("one of " + names);
}

}  // namespace iomux::cli
