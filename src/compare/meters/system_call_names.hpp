#pragma once

#include <string>

namespace iomux::compare {

/// `epoll_wait` for SYS_epoll_wait; `call 4711` for an unknown number.
std::string system_call_name(long number);

}  // namespace iomux::compare
