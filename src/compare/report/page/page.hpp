#pragma once

#include <span>
#include <string_view>

namespace iomux::compare {

/// The report's page, in UTF-8 and in pieces, up to where the results' JSON comes. The build writes it
/// (page/generate.py).
std::span<const std::string_view> page_before_results();
/// And from there to its end.
std::span<const std::string_view> page_after_results();

}  // namespace iomux::compare
