#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "compare/servers/server_spec.hpp"
#include "compare/web/guard.hpp"
#include "compare/web/message.hpp"
#include "compare/web/metrics.hpp"
#include "compare/web/run_queue.hpp"
#include "compare/web/store.hpp"

namespace iomux::compare::web {

/// What the answers are made of. All outlive the router.
struct Backend {
    const std::vector<ServerSpec>& servers;
    RunQueue& queue;
    const Store& store;
    const Metrics& metrics;
};

/// Answers requests; no socket is needed for it. The interface is told by openapi.json.
class Router {
public:
    /// Of the connections that there may be; the others are for all that is asked besides.
    static constexpr std::size_t most_feeds = 128;

    Router(Guard guard, Backend backend);

    /// HEAD is answered as GET: who sends it leaves the body out.
    Response answer(const Request& request) const;

private:
    Response unhardened_answer(const Request& request) const;

    Guard guard_;
    Backend backend_;
};

/// How it answers what could not be read as a request: 400, 413 or 431.
Response answer_to_unreadable(unsigned status);

}  // namespace iomux::compare::web
