#include "context.hpp"

namespace iomux::asio {

Context::~Context() {
    // If all threads have failed, the context still has handlers, which own connections of services that are already
    // destroyed. So it is kept until the process ends, which is soon.
    static std::vector<std::shared_ptr<net::io_context>> unfinished;
    if (strand_ && !context_->stopped()) unfinished.push_back(context_);
}

}  // namespace iomux::asio
