#include "compare/web/continued_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

namespace iomux::compare::web {
namespace {

using boost::json::object;
using boost::json::value;

constexpr unsigned status_not_found = 404;
constexpr unsigned status_conflict = 409;

bool asks_for_windows(const object& request) {
    return std::ranges::any_of(bounds, [&](const Bound& bound) {
        const value* const number = bound.about == About::windows ? request.if_contains(bound.name) : nullptr;
        return number != nullptr && !number->is_null();
    });
}

}  // namespace

object request_to_continue(const RunQueue& queue, std::string_view id) {
    const Run* const run = queue.find(id);
    if (run == nullptr)
        throw BadRequest("the run to continue was not found", "GET /api/results lists them", status_not_found);
    if (run->state != RunState::finished)
        throw BadRequest(fmt::format("the run to continue is {}, not finished", name_of(run->state)),
                         run->is_over() ? "start a new run" : "wait until it is finished", status_conflict);
    if (run->request.at("kind") != value(name_of(RunKind::comparison)))
        throw BadRequest(fmt::format("the run to continue must be of kind comparison, not {}",
                                     std::string_view(run->request.at("kind").as_string())),
                         "start a new run", status_conflict);
    if (asks_for_windows(run->request))
        throw BadRequest("the run to continue was measured in windows, and only sessions can be added",
                         "start a new run without \"rounds\" and \"milliseconds\"", status_conflict);
    return run->request;
}

}  // namespace iomux::compare::web
