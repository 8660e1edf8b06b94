#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <memory_resource>
#include <span>
#include <vector>

#include "protocol/replies.hpp"
#include "provided_buffers.hpp"

namespace iomux::raw {

/// Replies on their way out, and all that they refer to: it stays as it is while the kernel sends them.
class PendingSend {
public:
    PendingSend(std::size_t limit, std::pmr::memory_resource* memory) : replies(limit, memory), input_(memory) {}

    protocol::Replies replies;

    /// The replies may refer to bytes of the provided buffer `id`, which is then kept until all is sent.
    /// False: they do not, and it may be given back.
    bool keeps(unsigned id, protocol::Bytes bytes);
    /// Takes bytes that have been received, for the replies to refer to, and leaves none.
    protocol::Bytes keep(std::pmr::vector<std::byte>& input);

    std::size_t unsent() const { return replies.size() - sent_; }
    /// Makes `request` one that sends what is unsent. One piece goes by send(2), which costs the kernel less.
    void prepare(io_uring_sqe* request, int fd);
    void sent(std::size_t size) { sent_ += size; }

    /// Everything is sent, or never will be.
    void clear(ProvidedBuffers& buffers);

private:
    std::size_t sent_ = 0;
    std::array<unsigned, protocol::Replies::most_pieces> kept_;
    std::size_t kept_count_ = 0;
    std::pmr::vector<std::byte> input_;
    std::array<iovec, protocol::Replies::most_pieces> pieces_;
    msghdr message_{};
};

}  // namespace iomux::raw
