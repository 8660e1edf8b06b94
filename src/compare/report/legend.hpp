#pragma once

namespace iomux::compare {

/// How much of a table is explained below it.
enum class Legend {
    brief,  ///< What one must know to read it: five lines.
    full,   ///< Every column (`--legend`).
};

}  // namespace iomux::compare
