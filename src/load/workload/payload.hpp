#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "load/workload/sizes.hpp"
#include "protocol/protocol_config.hpp"

namespace iomux::load {

/// The messages: slices of one long random text. They need no copying, and the bytes of each message identify it.
///
/// All connections go through the same endless sequence of adjacent slices, and each starts far from the others. So a
/// reply to another message or from another connection is detected.
class Payload {
public:
    /// Identifies a message.
    struct Slice {
        std::size_t offset;  ///< Position in the text.
        std::size_t size;    ///< In bytes.
        std::size_t draw;    ///< Index of its size in `sizes()`.
        auto operator<=>(const Slice&) const = default;
    };

    /// The text has only letters and digits, without the first character of `suffix`. So a message never contains the
    /// suffix, and the end of a message is not mistaken for a part of it. `seed` is for random sizes.
    Payload(const Sizes& sizes, std::string_view suffix, std::uint64_t seed = 1);

    /// The sizes of the messages, by `Slice::draw`.
    const std::vector<std::size_t>& sizes() const { return sizes_; }
    /// The first message of a connection.
    Slice first(std::size_t connection) const;
    /// The message that follows `slice` on its connection.
    Slice next(const Slice& slice) const {
        const std::size_t end = slice.offset + slice.size;
        const std::size_t offset = end < period_ ? end : end - period_;
        if (!drawn_) return {offset, slice.size, 0};
        const std::size_t draw = slice.draw + 1 < sizes_.size() ? slice.draw + 1 : 0;
        return {offset, sizes_[draw], draw};
    }
    /// A message for every number. Consecutive numbers do not give adjacent slices.
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
    std::string text_;  // one period and its beginning again, so that every slice is contiguous
};

}  // namespace iomux::load
