#include "load/numbered_messages.hpp"

#include <algorithm>
#include <cstring>

namespace iomux::load {

NumberedMessages::NumberedMessages(std::size_t size, std::string_view suffix)
    : payload_(size, suffix), suffix_(suffix), message_(size) {}

protocol::Bytes NumberedMessages::write(std::uint64_t number) {
    std::memcpy(message_.data(), &number, sizeof number);
    std::ranges::copy(text_of(number), message_.begin() + shortest);
    return message_;
}

std::optional<std::uint64_t> NumberedMessages::number_in(protocol::Bytes reply) const {
    if (reply.size() != message_.size() + suffix_.size()) return std::nullopt;
    std::uint64_t number = 0;
    std::memcpy(&number, reply.data(), sizeof number);
    const protocol::Bytes text = text_of(number);
    const protocol::Bytes suffix = reply.subspan(message_.size());
    const bool right = std::memcmp(reply.data() + shortest, text.data(), text.size()) == 0 &&
                       std::memcmp(suffix.data(), suffix_.data(), suffix.size()) == 0;
    return right ? std::optional(number) : std::nullopt;
}

}  // namespace iomux::load
