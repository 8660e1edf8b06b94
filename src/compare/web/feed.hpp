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

/// What all feeds share: the state of a run as text is made once a change, however many look.
class States {
public:
    States(boost::asio::io_context& context, const RunQueue& queue);

    /// Wakes those that wait.
    void tell_change() { changed_.cancel(); }
    boost::asio::awaitable<void> change();

    std::uint64_t version() const { return queue_.version(); }
    /// The run's as it is now; null where there is no such run.
    std::shared_ptr<const std::string> state_of(const std::string& id);
    bool is_over(const std::string& id) const;

private:
    const RunQueue& queue_;
    boost::asio::steady_timer changed_;  // never expires
    std::string id_;                     // whose text it is, and of when
    std::uint64_t version_ = 0;
    std::shared_ptr<const std::string> text_;
};

/// Accepts the WebSocket that a request asks for, and tells the run's state: as it is at first, then with each change
/// but ten times a second at most, and for the last time once the run is over. A page that is slow to take a frame
/// gets the newest state next, and never those between. One that says nothing for so long, not even in answer to a
/// ping, is given up. The router has seen to it that the request can be accepted.
boost::asio::awaitable<void> feed(boost::beast::tcp_stream stream,
                                  boost::beast::http::request<boost::beast::http::string_body> request, std::string id,
                                  States& states, Metrics& metrics, std::chrono::milliseconds time_without_pong);

}  // namespace iomux::compare::web
