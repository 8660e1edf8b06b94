#include "alarm.hpp"

#include <boost/asio/post.hpp>

namespace iomux::asio {
namespace {

// A read that is done and not told of yet has left nothing in the socket for a look there, so who was in time would be
// found late by a server that was late itself. Its handler comes first: a turn to be told that a write is done, one in
// which the next read is asked for, one to be told of that, and one as the library posts what it asks of an io_uring.
constexpr int turns_until_told = 4;

}  // namespace

void Alarm::set(posix::Deadline due) {
    if (!due || (is_set_ && timer_.expiry() <= *due)) return;
    is_set_ = true;
    timer_.expires_at(*due);
    timer_.async_wait([this](const error_code& superseded) {
        if (!superseded) ring_in(turns_until_told);
    });
}

void Alarm::ring_in(int turns) {
    if (turns > 0) return net::post(timer_.get_executor(), [this, turns] { ring_in(turns - 1); });
    is_set_ = false;
    rang_();
}

void Alarm::cancel() {
    is_set_ = false;
    timer_.cancel();
}

}  // namespace iomux::asio
