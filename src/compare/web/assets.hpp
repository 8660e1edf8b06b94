#pragma once

#include <span>
#include <string_view>

namespace iomux::compare::web {

/// A file that is served as it is in the tree. The build writes them into the program (page/embed.py).
struct Asset {
    std::string_view path;  ///< `/`, `/page.js`
    std::string_view type;
    std::span<const std::string_view> pieces;
};

std::span<const Asset> assets();

}  // namespace iomux::compare::web
