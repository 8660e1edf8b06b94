#include "context.hpp"

namespace iomux::asio {

Context::~Context() {
    // Where all of its threads have failed, it still has handlers, which own connections of services that are gone
    // before it: such a context is kept to the end of the process, which is near.
    static std::vector<std::shared_ptr<net::io_context>> unfinished;
    if (strand_ && !context_->stopped()) unfinished.push_back(context_);
}

}  // namespace iomux::asio
