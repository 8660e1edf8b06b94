#pragma once

#include <cstddef>
#include <iosfwd>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/session.hpp"

namespace iomux::protocol {

/// What a whole stream of bytes came to.
struct Outcome {
    std::string replies;
    std::size_t messages = 0;
    Violation violation = Violation::none;
    std::size_t most_at_once = 0;  ///< Bytes of replies handed out by one call; not compared.

    bool operator==(const Outcome& other) const {
        return replies == other.replies && messages == other.messages && violation == other.violation;
    }
};
std::ostream& operator<<(std::ostream& out, const Outcome& outcome);

inline constexpr std::size_t roomy = 1 << 20;

/// Gives the pieces to a new session, one `receive` each, and resumes whenever it holds back. Every piece lies in
/// memory of its own that is gone once its replies were taken, so that a sanitizer sees what refers to it too long.
Outcome answer(const Dialect& dialect, const std::vector<std::string>& pieces, std::size_t replies_limit = roomy);

std::string text_of(const Replies& replies);

/// Cuts the text at random places: some pieces of one byte, some long, none empty.
std::vector<std::string> split(std::string_view text, std::mt19937& random);

/// Uniform, both ends included.
std::size_t between(std::size_t lowest, std::size_t highest, std::mt19937& random);

/// Lower-case letters: no mark of any framing, and nothing of the default suffix's first byte.
std::string letters(std::size_t size, std::mt19937& random);

/// `length` framing's mark for so many bytes.
std::string mark(std::size_t size);

}  // namespace iomux::protocol
