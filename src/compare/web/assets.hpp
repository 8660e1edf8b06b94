#pragma once

#include <span>
#include <string_view>

namespace iomux::compare::web {

/// A file that is served unchanged. The build embeds these files in the program (page/embed.py).
struct Asset {
    std::string_view path;  ///< `/`, `/page.js`
    std::string_view type;
    std::span<const std::string_view> pieces;
};

std::span<const Asset> assets();

}  // namespace iomux::compare::web
