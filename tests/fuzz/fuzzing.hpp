#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "protocol/protocol_config.hpp"

/// A target: it returns 0 for any bytes, or aborts the process if a check fails.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace iomux::fuzz {

/// Aborts the process if a promise is broken, so that the fuzzer saves the input.
void require(bool kept, std::string_view promise);

/// The bytes of a fuzzer. Choices are taken from the front, one byte each; the rest is data. When no byte is left,
/// every choice is 0.
class Input {
public:
    Input(const std::uint8_t* data, std::size_t size) : left_(std::as_bytes(std::span(data, size))) {}

    bool empty() const { return left_.empty(); }
    std::size_t byte();
    /// 0 to `bound` - 1.
    std::size_t below(std::size_t bound) { return byte() % bound; }
    template <class Value, std::size_t Number>
    Value one_of(const Value (&values)[Number]) {
        return values[below(Number)];
    }
    /// The next `size` bytes, or fewer at the end.
    protocol::Bytes take(std::size_t size);
    protocol::Bytes rest() { return take(left_.size()); }

private:
    protocol::Bytes left_;
};

/// Any valid protocol, with short or long messages, with or without a suffix.
protocol::ProtocolConfig choose_protocol(Input& input);

/// A few piece sizes, which repeat.
class Sizes {
public:
    explicit Sizes(Input& input);

    std::size_t next() { return sizes_[at_++ % sizes_.size()]; }

private:
    std::vector<std::size_t> sizes_;
    std::size_t at_ = 0;
};

/// Splits the text into pieces of these sizes. None is empty.
std::vector<std::string_view> cut(std::string_view text, Sizes sizes);

}  // namespace iomux::fuzz
