#pragma once

namespace iomux::compare::build {

/// How the programs were built that measure and are measured, as CMake tells it.
extern const char* const compiler;             ///< `GNU 12.2.0`
extern const char* const compiler_flags;       ///< Of the servers; warnings are left out.
extern const char* const load_compiler_flags;  ///< The same of the load generator.
extern const char* const build_type;           ///< `Release`; may be empty.
extern const char* const liburing;             ///< `2.3.0`; empty where there is none.

/// `1a2b3c4d5e6f`: the commit of the source as it was when this was built, with `-dirty` where files differed from it;
/// `unknown` where git did not tell.
extern const char* const commit;

}  // namespace iomux::compare::build
