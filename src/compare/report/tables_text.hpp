#pragma once

#include <string>

#include "compare/results/results.hpp"

namespace iomux::compare {

/// RFC 4180: a header, then one line per server and point. Unknown values are empty. `best_in` lists the figures in
/// which the server is the best one, `not_told_apart_in` those in which it is not told apart from the best one.
/// `over_raw` and `over_epoll` are the costs of the cheapest Asio server (see `Cost`).
std::string csv_text(const Results& results);

/// The results in brief; then a heading per scenario, a table for each of its figures, and the notes.
std::string markdown_text(const Results& results);

}  // namespace iomux::compare
