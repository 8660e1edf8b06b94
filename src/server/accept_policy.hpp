#pragma once

namespace iomux::server {

/// What to do about an accept(2) that failed.
enum class AcceptAnswer {
    none,   ///< Nobody waits.
    retry,  ///< This client is gone, the next may not be: accept(2), "Error handling".
    pause,  ///< Descriptors or memory have run out. To ask again at once would spin: rest.
    fail,   ///< The listener itself is broken.
};

/// `error`: an errno.
AcceptAnswer answer_to(int error);

}  // namespace iomux::server
