#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <memory>

#include "compare/web/metrics.hpp"
#include "compare/web/router.hpp"
#include "posix/unique_fd.hpp"

namespace iomux::compare::web {

struct ServiceLimits {
    std::size_t connections = 256;
    std::chrono::milliseconds time_for_header{10'000};  ///< From connecting, or the answer before.
    std::chrono::milliseconds time_for_body{10'000};    ///< From the end of the header.
    std::chrono::milliseconds time_to_take_an_answer{30'000};
    std::chrono::milliseconds time_without_pong{60'000};  ///< Of a WebSocket that says nothing at all.
};

/// Answers HTTP/1.1 and WebSockets on a listening socket, in one thread. What a client can take is bounded: header,
/// body, time for each and for the answer, connections, and WebSockets (Router::most_feeds). Where all connections are
/// taken, the one that has been waited for longest makes room for the next, be it in its header, its body or in taking
/// its answer.
class Service {
public:
    /// All of these outlive it.
    Service(boost::asio::io_context& context, posix::UniqueFd listener, const Router& router, const RunQueue& queue,
            Metrics& metrics, const ServiceLimits& limits = {});
    ~Service();

    /// Lets those who follow a run be told of a change.
    void tell_change();

private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace iomux::compare::web
