#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace iomux::cli {

/// The known name that `word` is most likely a misspelling of, or nothing if none is close enough: it takes at most one
/// typing error for every three characters, and at least one. An error is a character that is missing, added, replaced
/// or swapped with its neighbour (Damerau-Levenshtein distance); upper or lower case is none. The first of equally
/// close names wins.
std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> known);

/// The end of an error about an unknown name: `; did you mean "epoll"?`, or nothing if no name is close enough.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> known);

/// What is wrong with a value that is none of the allowed ones:
/// `not one of suffix, echo, discard; did you mean "suffix"?`
std::string not_one_of(std::string_view word, std::span<const std::string_view> allowed);

/// An error about an unknown name: `no server named "epolll"; did you mean "epoll"?` If no known name is close enough,
/// it lists them: `no server named "telepathy"; the servers are select, poll, epoll`.
std::string not_known(std::string_view kind, std::string_view word, std::span<const std::string_view> known);

}  // namespace iomux::cli
