#include "fuzzing.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>

namespace iomux::fuzz {

using protocol::as_text;
using protocol::Bytes;
using protocol::Framing;
using protocol::ProtocolConfig;
using protocol::Service;

void require(bool kept, std::string_view promise) {
    if (kept) return;
    fmt::print(stderr, "broken: {}\n", promise);
    std::abort();
}

std::size_t Input::byte() {
    const Bytes one = take(1);
    return one.empty() ? 0 : std::to_integer<std::size_t>(one.front());
}

Bytes Input::take(std::size_t size) {
    const Bytes taken = left_.first(std::min(size, left_.size()));
    left_ = left_.subspan(taken.size());
    return taken;
}

ProtocolConfig choose_protocol(Input& input) {
    ProtocolConfig protocol;
    protocol.framing = input.one_of({Framing::chunk, Framing::line, Framing::length});
    protocol.service = input.one_of({Service::suffix, Service::echo, Service::discard});
    // Some sizes are close to the one at which replies start to reference payloads.
    protocol.max_message = input.one_of<std::size_t>({1, 2, 3, 8, 40, 300, 4095, 4096, 6000});
    protocol.suffix = as_text(input.take(input.below(16)));
    if (protocol.framing == Framing::line) std::ranges::replace(protocol.suffix, '\n', '_');
    return protocol;
}

Sizes::Sizes(Input& input) {
    constexpr std::size_t longest = 5000;
    for (std::size_t left = 1 + input.below(8); left > 0; --left) {
        const std::size_t size = 1 + input.byte();
        // Most sizes are short; only the highest values give a long one.
        sizes_.push_back(size > 240 ? longest : size);
    }
}

std::vector<std::string_view> cut(std::string_view text, Sizes sizes) {
    std::vector<std::string_view> pieces;
    while (!text.empty()) {
        pieces.push_back(text.substr(0, sizes.next()));
        text.remove_prefix(pieces.back().size());
    }
    return pieces;
}

}  // namespace iomux::fuzz
