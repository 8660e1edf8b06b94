#pragma once

#include <span>
#include <string_view>

namespace iomux::compare {

/// The part of the report's page before the JSON of the results, in UTF-8, in pieces. The build writes it
/// (page/generate.py).
std::span<const std::string_view> page_before_results();
/// The part after the JSON of the results.
std::span<const std::string_view> page_after_results();

/// The same for the page of an explanation.
std::span<const std::string_view> explanation_before_results();
std::span<const std::string_view> explanation_after_results();

}  // namespace iomux::compare
