#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/dialect.hpp"

namespace iomux::load {

/// The messages: slices of one long random text, which costs nothing to build and makes every message tell which one
/// it is. A message is named by its offset in the text.
///
/// All connections go through the same endless sequence of slices, one behind the other, each beginning far from the
/// others. So the reply to another message, or on another connection, is not the one that is expected.
class Payload {
public:
    /// `size`: bytes a message, at least 1. Letters and digits only, and none of them the first of `suffix`, so that a
    /// message never holds the suffix, and its end is not taken for a part of it.
    Payload(std::size_t size, std::string_view suffix);

    std::size_t size() const { return size_; }
    /// The first message of a connection.
    std::size_t first(std::size_t connection) const;
    /// The message after another.
    std::size_t next(std::size_t offset) const {
        const std::size_t end = offset + size_;
        return end < period_ ? end : end - period_;
    }
    /// A message for every number.
    protocol::Bytes nth(std::uint64_t number) const { return message(number % period_); }
    protocol::Bytes message(std::size_t offset) const {
        return protocol::as_bytes(std::string_view(text_).substr(offset, size_));
    }

private:
    std::size_t size_;
    std::size_t period_;
    std::string text_;  // a period, and its beginning once more, so that no slice has a gap
};

}  // namespace iomux::load
