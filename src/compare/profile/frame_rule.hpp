#pragma once

#include <cstdint>
#include <optional>

namespace iomux::compare {

/// How to find a function's caller while the function is at some instruction, as the compiler has noted in the file
/// (call frame information). Offsets are in bytes. The end of a frame is the canonical frame address of DWARF.
struct FrameRule {
    enum class Base { stack_pointer, frame_pointer };

    Base base = Base::stack_pointer;
    std::int64_t end = 0;  ///< From the base.
    /// From the end, to where the return address is. Nothing: in the link register.
    std::optional<std::int64_t> return_address = {};
    /// From the end, to where the function keeps its caller's frame pointer. Nothing: the register still has it.
    std::optional<std::int64_t> frame_pointer = {};

    bool operator==(const FrameRule&) const = default;
};

}  // namespace iomux::compare
