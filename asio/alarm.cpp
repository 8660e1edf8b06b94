#include "alarm.hpp"

namespace iomux::asio {

void Alarm::set(posix::Deadline due) {
    if (!due || (is_set_ && timer_.expiry() <= *due)) return;
    is_set_ = true;
    timer_.expires_at(*due);
    timer_.async_wait([this](const error_code& superseded) {
        if (superseded) return;
        is_set_ = false;
        rang_();
    });
}

void Alarm::cancel() {
    is_set_ = false;
    timer_.cancel();
}

}  // namespace iomux::asio
