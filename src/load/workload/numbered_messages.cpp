#include "load/workload/numbered_messages.hpp"

#include <algorithm>
#include <cstring>

namespace iomux::load {

NumberedMessages::NumberedMessages(const Sizes& sizes, std::string_view suffix, std::uint64_t seed)
    : payload_(sizes, suffix, seed), suffix_(suffix), message_(sizes.highest()) {}

protocol::Bytes NumberedMessages::write(std::uint64_t number) {
    std::memcpy(message_.data(), &number, sizeof number);
    const protocol::Bytes text = text_of(number);
    std::ranges::copy(text, message_.begin() + shortest);
    return protocol::Bytes(message_).first(shortest + text.size());
}

std::optional<std::uint64_t> NumberedMessages::number_in(protocol::Bytes reply) const {
    if (reply.size() < shortest) return std::nullopt;
    std::uint64_t number = 0;
    std::memcpy(&number, reply.data(), sizeof number);
    const protocol::Bytes text = text_of(number);
    if (reply.size() != shortest + text.size() + suffix_.size()) return std::nullopt;
    const protocol::Bytes suffix = reply.last(suffix_.size());
    const bool right = std::memcmp(reply.data() + shortest, text.data(), text.size()) == 0 &&
                       std::memcmp(suffix.data(), suffix_.data(), suffix.size()) == 0;
    return right ? std::optional(number) : std::nullopt;
}

}  // namespace iomux::load
