#pragma once

namespace iomux::compare::build {

/// How this program, the load generator and the servers of the project were built, from CMake.
extern const char* const compiler;             ///< `GNU 12.2.0`
extern const char* const compiler_flags;       ///< Of the servers, without warnings.
extern const char* const load_compiler_flags;  ///< Of the load generator, without warnings.
extern const char* const build_type;           ///< `Release`; may be empty.
extern const char* const liburing;             ///< `2.3.0`; empty if it was not found.

/// The commit of the source at build time, `1a2b3c4d5e6f`; `1a2b3c4d5e6f-dirty` if files differed from it; `unknown` if
/// git is missing or fails.
extern const char* const commit;

}  // namespace iomux::compare::build
