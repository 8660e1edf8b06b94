#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "compare/web/run_queue.hpp"

namespace iomux::compare::web {

/// Which runs a list has, from the query of its URL: `?search=epoll&limit=20&before=20261125T142015Z-5f0c9a1e`.
struct ListRequest {
    std::size_t limit = RunQueue::most_listed;
    std::string before = {};  ///< The id of a run, before which the listed ones were requested; empty: no limit.
    std::string search = {};  ///< Words that each listed run has, in lower case.
};

/// Throws BadRequest.
ListRequest parse_list_request(std::string_view target);

/// A part of a list of runs.
struct RunPage {
    std::vector<const Run*> runs;  ///< Newest first.
    std::size_t total = 0;         ///< How many runs the whole list has.
    std::string next;              ///< `before` of the next part; empty if this is the last one.
};

/// The runs that belong to the list and have the words, in their name, servers, scenario, kind, state, date or id.
/// Throws BadRequest if the run `before` is not known.
RunPage page_of(const std::deque<Run>& runs, const ListRequest& request,
                const std::function<bool(const Run&)>& belongs);

/// The longest name of a run, in bytes.
inline constexpr std::size_t longest_name = 200;

/// The name in `{"name": "before the change"}`; empty if it is null or blank. Throws BadRequest.
std::string parse_name(std::string_view json);

}  // namespace iomux::compare::web
