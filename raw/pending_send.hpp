#pragma once

#include <array>
#include <cstddef>
#include <memory_resource>
#include <span>
#include <vector>

#include "protocol/replies.hpp"
#include "provided_buffers.hpp"
#include "server/gather_list.hpp"

namespace iomux::raw {

/// Replies that are being sent, and the memory that they refer to. It does not change until the kernel has sent them.
class PendingSend {
public:
    PendingSend(std::size_t limit, std::pmr::memory_resource* memory) : replies(limit, memory), input_(memory) {}

    protocol::Replies replies;

    /// The provided buffer `id` holds `bytes`. If replies refer to them, keeps the buffer until everything is sent.
    /// Returns false if none do: the buffer may be given back.
    bool keeps(unsigned id, protocol::Bytes bytes);
    /// Takes received bytes, for the replies to refer to, and leaves `input` empty.
    protocol::Bytes keep(std::pmr::vector<std::byte>& input);

    std::size_t unsent() const { return replies.size() - sent_; }
    /// The unsent bytes. Their memory does not change until `sent` or `clear`.
    server::Due due() {
        const std::span<const protocol::Bytes> pieces = replies.pieces();
        if (pieces.size() == 1) return {pieces.front().subspan(sent_)};
        return gather();
    }
    void sent(std::size_t size) { sent_ += size; }

    /// Everything is sent, or will not be sent any more.
    void clear(ProvidedBuffers& buffers);

private:
    server::Due gather();

    std::size_t sent_ = 0;
    std::array<unsigned, protocol::Replies::most_pieces> kept_;
    std::size_t kept_count_ = 0;
    std::pmr::vector<std::byte> input_;
    server::GatherList list_;
};

}  // namespace iomux::raw
