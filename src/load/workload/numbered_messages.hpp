#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "load/workload/payload.hpp"
#include "protocol/protocol_config.hpp"

namespace iomux::load {

/// Messages that begin with their number, followed by the text for that number. Datagrams can be lost or reordered, so
/// the number shows which request a reply belongs to.
class NumberedMessages {
public:
    static constexpr std::size_t shortest = sizeof(std::uint64_t);

    /// No size is below `shortest`. A reply is the message followed by `suffix`. `seed` is for random sizes.
    NumberedMessages(const Sizes& sizes, std::string_view suffix, std::uint64_t seed = 1);

    /// Returns the message with this number. It is valid until the next call.
    protocol::Bytes write(std::uint64_t number);
    /// The number of the message that `reply` answers, after every byte was checked; nothing if a byte is wrong.
    std::optional<std::uint64_t> number_in(protocol::Bytes reply) const;

private:
    protocol::Bytes text_of(std::uint64_t number) const {
        return payload_.message(payload_.nth(number)).subspan(shortest);
    }

    const Payload payload_;
    const std::string suffix_;
    std::vector<std::byte> message_;
};

}  // namespace iomux::load
