#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "load/workload/sizes.hpp"
#include "protocol/dialect.hpp"

namespace iomux::load {

/// The messages: slices of one long random text, which costs nothing to build and makes every message tell which one
/// it is.
///
/// All connections go through the same endless sequence of slices, one behind the other, each beginning far from the
/// others. So the reply to another message, or on another connection, is not the one that is expected.
class Payload {
public:
    /// Names a message.
    struct Slice {
        std::size_t offset;  ///< In the text.
        std::size_t size;    ///< Bytes.
        std::size_t draw;    ///< Which of the sizes that are drawn it has.
        auto operator<=>(const Slice&) const = default;
    };

    /// Letters and digits only, and none of them the first of `suffix`, so that a message never holds the suffix, and
    /// its end is not taken for a part of it. `seed`: of the sizes, where they are drawn.
    Payload(const Sizes& sizes, std::string_view suffix, std::uint64_t seed = 1);

    /// Those that messages have, by their draws.
    const std::vector<std::size_t>& sizes() const { return sizes_; }
    /// The first message of a connection.
    Slice first(std::size_t connection) const;
    /// The message after another.
    Slice next(const Slice& slice) const {
        const std::size_t end = slice.offset + slice.size;
        const std::size_t offset = end < period_ ? end : end - period_;
        if (!drawn_) return {offset, slice.size, 0};
        const std::size_t draw = slice.draw + 1 < sizes_.size() ? slice.draw + 1 : 0;
        return {offset, sizes_[draw], draw};
    }
    /// A message for every number; the next number's is not the message after it.
    Slice nth(std::uint64_t number) const {
        const std::size_t draw = drawn_ ? number % sizes_.size() : 0;
        return {number % period_, sizes_[draw], draw};
    }
    protocol::Bytes message(const Slice& slice) const {
        return protocol::as_bytes(std::string_view(text_).substr(slice.offset, slice.size));
    }

private:
    std::vector<std::size_t> sizes_;
    bool drawn_;
    std::size_t period_;
    std::string text_;  // a period, and its beginning once more, so that no slice has a gap
};

}  // namespace iomux::load
