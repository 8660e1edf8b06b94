#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <cstddef>
#include <memory>

#include "compare/web/metrics.hpp"
#include "compare/web/router.hpp"
#include "posix/unique_fd.hpp"

namespace iomux::compare::web {

struct ServiceLimits {
    std::size_t connections = 256;
    std::chrono::milliseconds time_for_header{10'000};  ///< From the connect or the previous response.
    std::chrono::milliseconds time_for_body{10'000};    ///< From the end of the header.
    std::chrono::milliseconds time_to_take_an_answer{30'000};
    std::chrono::milliseconds time_without_pong{60'000};  ///< For a WebSocket that sends nothing, not even a pong.
    std::size_t results_awaited = 64;                     ///< Requests for stored results that are being read.
    std::size_t results_bytes = 256 * 1024 * 1024;        ///< Stored results that are being sent.
};

/// Answers HTTP/1.1 and WebSockets on a listening socket, in the thread of the context. Stored results are read in the
/// `reader`, one after the other, so that other requests do not wait for them. Limits apply to header and body, the
/// time for each and for receiving the response, stored results, the number of connections, and WebSockets
/// (Router::most_feeds). If all connections are in use, the one that the service has waited for longest is closed for
/// the next client, whether it is slow to send its header or body or to receive its response.
class Service {
public:
    /// All arguments must outlive the service.
    Service(boost::asio::io_context& context, boost::asio::thread_pool& reader, posix::UniqueFd listener,
            const Router& router, const RunQueue& queue, Metrics& metrics, const ServiceLimits& limits = {});
    ~Service();

    /// Sends the new states to the WebSockets.
    void tell_change();

private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace iomux::compare::web
