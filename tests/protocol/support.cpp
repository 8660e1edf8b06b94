#include "support.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>

#include "protocol/wire.hpp"

namespace iomux::protocol {

std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
    return out << outcome.messages << " messages, " << (outcome.violation == Violation::none ? "no " : "a ")
               << "violation, replies " << testing::PrintToString(outcome.replies);
}

Outcome answer(const ProtocolConfig& protocol, const std::vector<std::string>& pieces, std::size_t replies_limit) {
    std::pmr::unsynchronized_pool_resource memory;
    Session session(protocol, &memory);
    Replies replies(replies_limit, &memory);
    Outcome outcome;
    const auto take = [&] {
        outcome.replies += text_of(replies);
        outcome.most_at_once = std::max(outcome.most_at_once, replies.size());
        replies.clear();
    };
    for (const std::string& piece : pieces) {
        const std::vector<char> input(piece.begin(), piece.end());
        outcome.messages += session.receive(as_bytes({input.data(), input.size()}), replies);
        take();
        while (session.holding()) {
            outcome.messages += session.resume(replies);
            take();
        }
    }
    outcome.violation = session.violation();
    return outcome;
}

std::string text_of(const Replies& replies) {
    std::string text;
    for (const Bytes piece : replies.pieces()) text += as_text(piece);
    return text;
}

std::vector<std::string> split(std::string_view text, std::mt19937& random) {
    std::vector<std::string> pieces;
    while (!text.empty()) {
        const std::size_t longest = between(0, 2, random) == 0 ? 1 : text.size();
        pieces.emplace_back(text.substr(0, between(1, longest, random)));
        text.remove_prefix(pieces.back().size());
    }
    return pieces;
}

std::size_t between(std::size_t lowest, std::size_t highest, std::mt19937& random) {
    return std::uniform_int_distribution<std::size_t>(lowest, highest)(random);
}

std::string letters(std::size_t size, std::mt19937& random) {
    std::string text(size, ' ');
    for (char& c : text) c = static_cast<char>('a' + between(0, 25, random));
    return text;
}

std::string mark(std::size_t size) {
    return std::string(as_text(Bytes(length_mark(static_cast<std::uint32_t>(size)))));
}

}  // namespace iomux::protocol
