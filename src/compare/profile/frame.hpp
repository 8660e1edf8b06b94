#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace iomux::compare {

/// A line of this project's sources.
struct SourceLine {
    std::string file;  ///< `raw/epoll.cpp`
    int line = 0;

    bool operator==(const SourceLine&) const = default;
    bool operator<(const SourceLine& other) const { return std::tie(file, line) < std::tie(other.file, other.line); }
};

/// A function on a stack.
struct Frame {
    enum class In {
        kernel,
        program,  ///< The server's executable.
        library,  ///< A shared library, or functions that the kernel maps into every process (vdso(7)).
        nowhere,  ///< No file contains the address, such as code of a just-in-time compiler.
    };

    /// In the form of `short_name`; empty if no symbol covers the address.
    std::string name;
    In in = In::nowhere;
    std::string file = {};  ///< The name of the executable or the library, without its folder.
    /// The next instruction is the first one after a system call. The way out of the kernel cannot be interrupted, so a
    /// sample that falls due there is taken here.
    bool after_system_call = false;
    /// The line that is executed there. It may be of another function that the compiler has put into this one. Nothing
    /// if the code is not this project's, or was built without tables of lines.
    std::optional<SourceLine> line = {};
    /// If the line is of a function that the compiler has put into its caller: the line that calls it, then the line
    /// that calls the caller, and so on, up to the function of this frame. Only lines of this project.
    std::vector<SourceLine> inlined_at = {};

    /// For people: the name, or where it is.
    std::string text() const;

    bool operator==(const Frame&) const = default;
};

/// The name of what has no symbol, but jumps to a function of another file.
inline constexpr std::string_view jump_table_name = "@plt";

/// A symbol's name as people write it: demangled, without parameters, template arguments, a return type, anonymous
/// namespaces, and what the compiler adds to its clones of a function (`.isra.0`).
std::string short_name(std::string_view symbol);

}  // namespace iomux::compare
