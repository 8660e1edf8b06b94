#include "compare/profile/frame.hpp"

#include <cxxabi.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <memory>

namespace iomux::compare {
namespace {

std::string demangled(const std::string& symbol) {
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> name(
        abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status), &std::free);
    return name ? name.get() : symbol;
}

// The name in a symbol that begins with nested names, `_ZN5iomux3raw4readE…`, for symbols that only the compiler
// understands: it gives such ones to the parts of a coroutine.
std::string nested_name(std::string_view symbol) {
    constexpr std::string_view beginning = "_ZN";
    constexpr std::string_view anonymous = "_GLOBAL__N_1";
    std::string name;
    for (symbol.remove_prefix(std::min(beginning.size(), symbol.size()));
         !symbol.empty() && std::isdigit(static_cast<unsigned char>(symbol.front())) != 0;) {
        std::size_t length = 0;
        const char* const digits_end = std::from_chars(symbol.data(), symbol.data() + symbol.size(), length).ptr;
        symbol.remove_prefix(static_cast<std::size_t>(digits_end - symbol.data()));
        const std::string_view part = symbol.substr(0, length);
        if (part != anonymous) name += name.empty() ? std::string(part) : fmt::format("::{}", part);
        symbol.remove_prefix(std::min(length, symbol.size()));
    }
    return name;
}

void erase_all(std::string& text, std::string_view part) {
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at))
        text.erase(at, part.size());
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// The length of `operator<`, `operator()` and the like at the beginning of the text; 0 if there is none. Their
// characters are part of the name.
std::size_t length_of_operator(std::string_view text) {
    constexpr std::string_view word = "operator";
    if (!text.starts_with(word)) return 0;
    std::string_view symbols = text.substr(word.size());
    if (symbols.starts_with("()")) return word.size() + 2;
    const std::size_t end = std::min(symbols.find_first_not_of("<>=-+*/%^&|~!,[]"), symbols.size());
    return end == 0 ? 0 : word.size() + end;
}

// Without template arguments, and up to the parameters. A name in parameters or in template arguments is left out.
std::string without_arguments(std::string_view name) {
    std::string kept;
    std::size_t depth = 0;
    for (std::size_t i = 0; i < name.size();) {
        const bool begins_word = i == 0 || !is_word(name[i - 1]);
        if (const std::size_t length = begins_word ? length_of_operator(name.substr(i)) : 0; length > 0) {
            if (depth == 0) kept += name.substr(i, length);
            i += length;
            continue;
        }
        const char c = name[i++];
        if (c == '>' && depth > 0) {
            --depth;
        } else if (c == '<') {
            ++depth;
        } else if (depth == 0) {
            if (c == '(') break;
            kept += c;
        }
    }
    return kept;
}

// A return type, which only function templates have, is before the last space. `operator new` has one too.
std::string without_return_type(const std::string& name) {
    const std::size_t end = std::min(name.find("operator "), name.size());
    const std::size_t space = name.rfind(' ', end == 0 ? 0 : end - 1);
    return space == std::string::npos || space >= end ? name : name.substr(space + 1);
}

}  // namespace

std::string short_name(std::string_view symbol) {
    std::string linked(symbol);
    // A symbol of C or C++ has no dot, so what follows one is the compiler's or the linker's (`malloc@@GLIBC_2.2.5`).
    if (const std::size_t suffix = linked.find_first_of(".@"); suffix != std::string::npos && suffix > 0)
        linked.resize(suffix);
    // How the C library calls its own functions.
    constexpr std::string_view internal = "__GI_";
    if (linked.starts_with(internal)) linked.erase(0, internal.size());
    if (!linked.starts_with("_Z")) return linked;
    std::string name = demangled(linked);
    if (name == linked) {
        const std::string nested = nested_name(linked);
        return nested.empty() ? name : nested;
    }
    erase_all(name, "(anonymous namespace)::");
    // A lambda is within the function that it stands in.
    return without_return_type(without_arguments(name));
}

std::string Frame::text() const {
    if (!name.empty()) return name;
    return file.empty() ? "unknown code" : file;
}

}  // namespace iomux::compare
