#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "protocol/dialect.hpp"

/// A target: given any bytes, it returns 0, or ends the process where what it checks does not hold.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace iomux::fuzz {

/// Ends the process where a promise is broken, so that the fuzzer keeps the bytes that broke it.
void require(bool kept, std::string_view promise);

/// A fuzzer's bytes: choices are taken off the front, one byte each, and what is left is data. When all are taken,
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
    /// The next bytes, or as many as there are.
    protocol::Bytes take(std::size_t size);
    protocol::Bytes rest() { return take(left_.size()); }

private:
    protocol::Bytes left_;
};

/// Any that can be spoken: with short messages and long ones, with and without a suffix.
protocol::Dialect choose_dialect(Input& input);

/// Sizes of pieces, again and again the same few.
class Sizes {
public:
    explicit Sizes(Input& input);

    std::size_t next() { return sizes_[at_++ % sizes_.size()]; }

private:
    std::vector<std::size_t> sizes_;
    std::size_t at_ = 0;
};

/// Pieces of these sizes. None is empty.
std::vector<std::string_view> cut(std::string_view text, Sizes sizes);

}  // namespace iomux::fuzz
