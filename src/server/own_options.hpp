#pragma once

#include <any>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace iomux::server {

/// What the options of one mechanism are set to. A mechanism declares a struct, whose members have their defaults, and
/// registers an OwnOption for each member. It reads the struct when it is made: `settings.own.get<RingOptions>()`.
class OwnOptions {
public:
    /// The struct as the options set it. Without any, its defaults.
    template <class Options>
    Options get() const {
        for (const std::any& one : structs_)
            if (const auto* found = std::any_cast<Options>(&one)) return *found;
        return Options();
    }

    /// The same struct, to set its members.
    template <class Options>
    Options& change() {
        for (std::any& one : structs_)
            if (auto* found = std::any_cast<Options>(&one)) return *found;
        return structs_.emplace_back().emplace<Options>();
    }

private:
    std::vector<std::any> structs_;  // at most one of a type
};

/// An option that one mechanism has, or a few, which register it (Mechanism::options). `--help` of a program lists it
/// if a mechanism of the program has it.
struct OwnOption {
    const char* name;  ///< `ring-entries`
    const char* help;
    /// The default as text. Empty: the option takes no value.
    std::string usual;
    /// Sets it to the value that the text stands for. Throws std::invalid_argument; its text says what is expected.
    std::function<void(OwnOptions& own, std::string_view text)> set;
};

/// An option whose value becomes `member`. `values` converts it from text and to text: one of the three types below, or
/// a mechanism's own.
template <class Options, class Value, class Values>
OwnOption own_option(const char* name, Value Options::*member, Values values, const char* help) {
    return {name, help, values.text(Options().*member), [=](OwnOptions& own, std::string_view text) {
                own.change<Options>().*member = static_cast<Value>(values.parse(text));
            }};
}

/// An option without a value. If it is given, `member` is true.
template <class Options>
OwnOption own_flag(const char* name, bool Options::*member, const char* help) {
    return {name, help, "", [=](OwnOptions& own, std::string_view) { own.change<Options>().*member = true; }};
}

/// Whole numbers within bounds.
struct Numbers {
    std::uint64_t lowest;
    std::uint64_t highest;
    std::uint64_t parse(std::string_view text) const;
    std::string text(std::uint64_t number) const { return std::to_string(number); }
};

/// Numbers of bytes within bounds: `65536`, `64K`.
struct Sizes {
    std::size_t lowest;
    std::size_t highest;
    std::size_t parse(std::string_view text) const;
    std::string text(std::size_t bytes) const;
};

/// Times from 0: `250ms`.
struct Times {
    std::chrono::nanoseconds parse(std::string_view text) const;
    std::string text(std::chrono::nanoseconds time) const;
};

}  // namespace iomux::server
