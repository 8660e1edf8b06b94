#pragma once

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

namespace iomux::posix {

inline std::error_code error_of(int number) { return {number, std::system_category()}; }

/// Throws an error that says what was tried and what the system returned (errno). Cold: so `check` stays small enough
/// to be inlined everywhere.
[[noreturn, gnu::cold]] inline void throw_errno(std::string_view what, int number = errno) {
    throw std::system_error(error_of(number), std::string(what));
}

/// Returns the result of a system call that must not fail; throws if it is negative.
inline int check(int result, std::string_view what) {
    if (result < 0) throw_errno(what);
    return result;
}

/// Repeats a system call while it is interrupted by a signal (EINTR).
template <class Call>
auto uninterrupted(Call call) {
    auto result = call();
    while (result < 0 && errno == EINTR) result = call();
    return result;
}

/// The number of events that a wait returned; 0 if a signal interrupted it. Throws on other errors.
inline int ready_count(int result, std::string_view what) {
    if (result < 0 && errno == EINTR) return 0;
    return check(result, what);
}

}  // namespace iomux::posix
