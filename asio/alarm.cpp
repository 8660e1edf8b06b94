#include "alarm.hpp"

#include <boost/asio/post.hpp>

namespace iomux::asio {
namespace {

// A read may have completed while its handler has not run yet. Such a read has emptied the socket, so the check for
// unread bytes would take its client for late. So the alarm lets as many turns pass as the handlers may need: one for
// the handler of a write, one that starts the next read, one for the handler of that read, and one because the library
// posts its io_uring requests.
constexpr int turns_until_handled = 4;

}  // namespace

void Alarm::set(posix::Deadline due) {
    if (!due || (is_set_ && timer_.expiry() <= *due)) return;
    is_set_ = true;
    timer_.expires_at(*due);
    timer_.async_wait([this](const error_code& superseded) {
        if (!superseded) ring_after(turns_until_handled, posix::Clock::now());
    });
}

void Alarm::ring_after(int turns, Time rang_at) {
    if (turns > 0) return net::post(timer_.get_executor(), [this, turns, rang_at] { ring_after(turns - 1, rang_at); });
    is_set_ = false;
    on_ring_(rang_at);
}

void Alarm::cancel() {
    is_set_ = false;
    timer_.cancel();
}

}  // namespace iomux::asio
