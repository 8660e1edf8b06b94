#include "load/engine/complaints.hpp"

#include <fmt/format.h>

namespace iomux::load {

std::string wrong_reply(const protocol::Dialect& dialect) {
    return fmt::format("a reply is wrong for service {}, framing {}", name_of(dialect.service),
                       name_of(dialect.framing));
}

std::string stalled(const Workload& workload) {
    return fmt::format("nothing has moved for {:.3g} s", std::chrono::duration<double>(workload.stall_limit).count());
}

}  // namespace iomux::load
