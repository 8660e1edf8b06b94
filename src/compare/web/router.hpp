#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "compare/servers/server_spec.hpp"
#include "compare/web/guard.hpp"
#include "compare/web/message.hpp"
#include "compare/web/metrics.hpp"
#include "compare/web/request_head.hpp"
#include "compare/web/run_queue.hpp"
#include "compare/web/store.hpp"

namespace iomux::compare::web {

/// The sources of the responses. All of them must outlive the router.
struct Backend {
    const std::vector<ServerSpec>& servers;
    RunQueue& queue;
    const Store& store;
    const Metrics& metrics;
};

/// Answers requests, without sockets. openapi.json describes the interface.
class Router {
public:
    /// Maximum number of WebSockets. The remaining connections are reserved for other requests.
    static constexpr std::size_t most_feeds = 128;

    Router(Guard guard, Backend backend);

    /// HEAD is answered like GET; the sender of the response omits the body. A response with stored results has `work`.
    Response answer(const Request& request) const;

private:
    Response unhardened_answer(const Request& request) const;

    Guard guard_;
    Backend backend_;
};

/// The response to an unreadable request: 400, 413, 414 or 431.
Response answer_to_unreadable(unsigned status);
/// The response to a request for stored results while too many of them are being read or sent.
Response answer_if_busy();
/// The response to a request whose head has this fault.
Response answer_to_fault(const HeadFault& fault);

}  // namespace iomux::compare::web
