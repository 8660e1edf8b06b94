#pragma once

#include <string>

#include "load/workload/workload.hpp"

namespace iomux::load {

/// What is said of a server on connections, however long these last.
std::string wrong_reply(const protocol::Dialect& dialect);
/// Nothing has moved for the workload's `stall_limit`.
std::string stalled(const Workload& workload);

}  // namespace iomux::load
