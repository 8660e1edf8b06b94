#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cstddef>

#include "protocol/replies.hpp"
#include "server/due.hpp"

namespace iomux::server {

/// Pieces of memory in the order in which they are to be sent: the replies, and one piece of earlier bytes before them.
class GatherList {
public:
    bool empty() const { return count_ == 0; }
    void clear() { count_ = 0; }
    void add(protocol::Bytes bytes) { pieces_[count_++] = {const_cast<std::byte*>(bytes.data()), bytes.size()}; }

    /// Refers to this list, which stays as it is until the bytes are sent.
    Due due() {
        if (count_ == 0) return {};
        if (count_ == 1) return {{static_cast<const std::byte*>(pieces_[0].iov_base), pieces_[0].iov_len}};
        message_.msg_iov = pieces_.data();
        message_.msg_iovlen = count_;
        return {{}, &message_};
    }

private:
    std::array<iovec, 1 + protocol::Replies::most_pieces> pieces_;
    std::size_t count_ = 0;
    msghdr message_{};
};

}  // namespace iomux::server
