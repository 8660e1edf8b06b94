#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "compare/web/metrics.hpp"
#include "compare/web/run_queue.hpp"

namespace iomux::compare::web {

/// Shared by all feeds: a run's state is serialized once per change, however many clients follow it.
class States {
public:
    States(boost::asio::io_context& context, const RunQueue& queue);

    /// Wakes all coroutines that wait in change().
    void tell_change() { changed_.cancel(); }
    boost::asio::awaitable<void> change();

    std::uint64_t version() const { return queue_.version(); }
    /// The current state as JSON text; null if there is no run of that id.
    std::shared_ptr<const std::string> state_of(const std::string& id);
    bool is_over(const std::string& id) const;

private:
    const RunQueue& queue_;
    boost::asio::steady_timer changed_;  // never expires
    std::string id_;                     // text_ is the state of this run, at version_
    std::uint64_t version_ = 0;
    std::shared_ptr<const std::string> text_;
};

/// Accepts the WebSocket of `request` and sends the run's state at once, after every change (at most ten times a
/// second) and a last time when the run is over. A client that is slow to receive a frame gets the newest state next
/// and none in between. A client that sends nothing for `time_without_pong`, not even a pong, is disconnected. The
/// router has checked the request.
boost::asio::awaitable<void> feed(boost::beast::tcp_stream stream,
                                  boost::beast::http::request<boost::beast::http::string_body> request, std::string id,
                                  States& states, Metrics& metrics, std::chrono::milliseconds time_without_pong);

}  // namespace iomux::compare::web
