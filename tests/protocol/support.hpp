#pragma once

#include <cstddef>
#include <iosfwd>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/session.hpp"

namespace iomux::protocol {

/// The result of a whole byte stream.
struct Outcome {
    std::string replies;
    std::size_t messages = 0;
    Violation violation = Violation::none;
    std::size_t most_at_once = 0;  ///< Most reply bytes from one call; not compared.

    bool operator==(const Outcome& other) const {
        return replies == other.replies && messages == other.messages && violation == other.violation;
    }
};
std::ostream& operator<<(std::ostream& out, const Outcome& outcome);

inline constexpr std::size_t roomy = 1 << 20;

/// Passes each piece to a new session with one `receive`, and resumes whenever the session holds messages. Every piece
/// has its own memory, which is freed once its replies are taken, so that a sanitizer detects a dangling reference.
Outcome answer(const ProtocolConfig& protocol, const std::vector<std::string>& pieces,
               std::size_t replies_limit = roomy);

std::string text_of(const Replies& replies);

/// Splits the text at random places: some pieces have one byte, some are long, none is empty.
std::vector<std::string> split(std::string_view text, std::mt19937& random);

/// Uniformly distributed, both bounds included.
std::size_t between(std::size_t lowest, std::size_t highest, std::mt19937& random);

/// Lower-case letters, which contain no frame marks and not the first byte of the default suffix.
std::string letters(std::size_t size, std::mt19937& random);

/// The mark of `length` framing for this number of bytes.
std::string mark(std::size_t size);

}  // namespace iomux::protocol
