#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "protocol/protocol_config.hpp"

namespace iomux::protocol {

/// Bytes of the length before a message in length framing.
inline constexpr std::size_t length_mark_size = 4;

inline std::array<std::byte, length_mark_size> length_mark(std::uint32_t length) {
    return {std::byte(length >> 24), std::byte(length >> 16), std::byte(length >> 8), std::byte(length)};
}

/// `mark` has at least `length_mark_size` bytes.
inline std::uint32_t length_in(Bytes mark) {
    const auto byte = [&](std::size_t i) { return std::to_integer<std::uint32_t>(mark[i]); };
    return byte(0) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3);
}

}  // namespace iomux::protocol
