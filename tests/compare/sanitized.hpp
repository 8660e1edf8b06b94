#pragma once

namespace iomux::compare {

/// Whether this build has a sanitizer, with which the tests of statistics take up to fifty times as long. They then
/// make fewer synthetic runs: these execute the same code.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool is_sanitized = true;
#elif defined(__has_feature)
inline constexpr bool is_sanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
inline constexpr bool is_sanitized = false;
#endif

}  // namespace iomux::compare
