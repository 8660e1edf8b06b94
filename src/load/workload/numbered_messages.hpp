#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "load/workload/payload.hpp"
#include "protocol/dialect.hpp"

namespace iomux::load {

/// Messages that begin with their number, and go on with the text that belongs to it. Datagrams get lost and overtake
/// one another: it is the reply that says which request it answers.
class NumberedMessages {
public:
    static constexpr std::size_t shortest = sizeof(std::uint64_t);

    /// None of the sizes is less than `shortest`. `suffix` stands behind the message in a reply. `seed`: of the sizes,
    /// where they are drawn.
    NumberedMessages(const Sizes& sizes, std::string_view suffix, std::uint64_t seed = 1);

    /// Valid until the next is written.
    protocol::Bytes write(std::uint64_t number);
    /// The number of the message that this is the reply to, byte for byte; nothing where it is the reply to none.
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
