// The client side: it accepts the correct replies, split anywhere, and nothing else.
#include <string>
#include <vector>

#include "fuzzing.hpp"
#include "naive_server.hpp"
#include "protocol/requests.hpp"

namespace iomux::fuzz {
namespace {

using protocol::as_bytes;
using protocol::as_text;
using protocol::Bytes;
using protocol::Framing;
using protocol::ProtocolConfig;
using protocol::ReplyChecker;
using protocol::Service;

/// Messages that are sent in a row, and the replies of a server.
struct Batch {
    std::vector<std::string_view> messages;
    std::string replies;
};

bool is_suffixed_chunk(const ProtocolConfig& protocol) {
    return protocol.framing == Framing::chunk && !protocol.reply_suffix().empty();
}

// Whether the checker may take a correct reply to the message as wrong, as its contract says.
bool is_ambiguous(const ProtocolConfig& protocol, std::string_view message) {
    return is_suffixed_chunk(protocol) && message.find(protocol.suffix.front()) != std::string_view::npos;
}

Batch choose_batch(Input& input, const ProtocolConfig& protocol, NaiveServer& server) {
    Batch batch;
    std::vector<std::byte> requests;
    for (std::size_t left = 1 + input.below(5); left > 0; --left) {
        const Bytes message = input.take(input.byte());
        if (unaskable(protocol, message) || is_ambiguous(protocol, as_text(message))) continue;
        append_request(protocol, message, requests);
        batch.messages.push_back(as_text(message));
    }
    for (const std::string_view read : cut(as_text(requests), Sizes(input))) batch.replies += server.receive(read);
    return batch;
}

void expect(ReplyChecker& checker, const Batch& batch) {
    for (const std::string_view message : batch.messages) checker.expect(as_bytes(message));
}

std::size_t check_pieces(ReplyChecker& checker, std::string_view replies, const Sizes& sizes) {
    std::size_t whole = 0;
    for (const std::string_view piece : cut(replies, sizes)) {
        // A separate allocation, so that a sanitizer detects an access beyond it.
        const std::vector<char> bytes(piece.begin(), piece.end());
        whole += checker.check(as_bytes({bytes.data(), bytes.size()}));
    }
    return whole;
}

void check_right(ReplyChecker& checker, const Batch& batch, const ProtocolConfig& protocol, const Sizes& sizes) {
    expect(checker, batch);
    const std::size_t whole = check_pieces(checker, batch.replies, sizes);
    require(!checker.wrong(), "correct replies are accepted");
    require(checker.outstanding() == 0, "no reply is outstanding after the correct replies");
    require(whole == (protocol.service == Service::discard ? 0 : batch.messages.size()), "every reply is counted");
}

// The correct replies with one byte changed, removed or added.
std::string spoilt(std::string replies, Input& input) {
    const std::size_t place = replies.empty() ? 0 : (input.byte() * 256 + input.byte()) % replies.size();
    const char change = static_cast<char>(1 + input.below(255));
    switch (replies.empty() ? 2 : input.below(3)) {
        case 0: replies[place] = static_cast<char>(replies[place] ^ change); break;
        case 1: replies.pop_back(); break;
        default: replies += change;
    }
    return replies;
}

void check_wrong(ReplyChecker& checker, const Batch& batch, const std::string& replies, const Sizes& sizes) {
    expect(checker, batch);
    check_pieces(checker, replies, sizes);
    require(checker.wrong() || checker.outstanding() > 0, "a wrong reply is not accepted");
    if (!checker.wrong()) return;
    require(checker.check(as_bytes(batch.replies)) == 0, "bytes after a wrong reply are ignored");
    require(checker.wrong(), "the checker stays wrong after a wrong reply");
}

}  // namespace
}  // namespace iomux::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace iomux::fuzz;
    Input input(data, size);
    const iomux::protocol::ProtocolConfig protocol = choose_protocol(input);
    const Sizes sizes(input);
    NaiveServer server(protocol);
    ReplyChecker checker(protocol);
    for (std::size_t batches = input.below(8); batches > 0; --batches)
        check_right(checker, choose_batch(input, protocol, server), protocol, sizes);

    const Batch last = choose_batch(input, protocol, server);
    const std::string replies = spoilt(last.replies, input);
    check_wrong(checker, last, replies, sizes);
    return 0;
}
