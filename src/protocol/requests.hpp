#pragma once

#include <cstddef>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "protocol/protocol_config.hpp"

namespace iomux::protocol {

/// Appends a request with `message` to `out`. The message must be valid in the protocol (see `unaskable`).
void append_request(const ProtocolConfig& protocol, Bytes message, std::vector<std::byte>& out);

/// Why `message` is invalid in this protocol, or nothing. With `line`, a message must not contain LF or end with CR.
/// With `chunk` it must not be empty; otherwise it must not exceed the limit.
std::optional<std::string> unaskable(const ProtocolConfig& protocol, Bytes message);
/// The same for a message of letters, of which only the size matters.
std::optional<std::string> unaskable_size(const ProtocolConfig& protocol, std::size_t size);

/// The client side of one connection: checks every byte of the replies to the expected requests.
///
/// With `chunk` and a suffix, the network determines where the server's reads end. So the suffix may follow any byte of
/// the requests, and always follows the last. Therefore, a message that contains the first byte of the suffix can be
/// reported as wrong if the network splits it or if several requests are outstanding.
class ReplyChecker {
public:
    /// `protocol` outlives the checker.
    explicit ReplyChecker(const ProtocolConfig& protocol);

    /// Expects the reply to this message. Its bytes must stay valid until the reply is complete.
    /// With service discard, nothing is expected.
    void expect(Bytes message) {
        if (protocol_->service != Service::discard) expected_.push_back(message);
    }

    /// Checks the next bytes of the stream. Returns how many replies they complete.
    /// After a wrong byte, `wrong()` is true and further bytes are ignored.
    std::size_t check(Bytes bytes) {
        if (!is_the_reply(bytes)) return check_stream(bytes);
        expected_.clear();
        first_ = 0;
        return 1;
    }

    bool wrong() const { return wrong_; }
    /// The number of requests without a complete reply.
    std::size_t outstanding() const { return expected_.size() - first_; }

private:
    // A fast path for the usual case of chunk echo: the bytes are exactly the only outstanding reply.
    bool is_the_reply(Bytes bytes) const {
        return bare_ && !wrong_ && position_ == 0 && outstanding() == 1 && expected_[first_].size() == bytes.size() &&
               std::memcmp(expected_[first_].data(), bytes.data(), bytes.size()) == 0;
    }
    std::size_t check_stream(Bytes bytes);
    bool check_marked(Bytes& bytes);
    bool take_whole(Bytes& bytes);
    std::size_t check_chunks(Bytes bytes);
    void forget(std::size_t replies) {
        first_ += replies;
        if (first_ != expected_.size()) return shrink();
        expected_.clear();
        first_ = 0;
    }
    void shrink();

    const ProtocolConfig* protocol_;
    std::string ending_;           // what follows the message in a reply
    bool bare_ = false;            // a reply is only the message
    std::vector<Bytes> expected_;  // messages of the outstanding requests, from first_ on
    std::size_t first_ = 0;
    std::size_t position_ = 0;   // in the first reply; with chunk and suffix, in the payload of reply `reading_`
    std::size_t reading_ = 0;    // chunk and suffix: replies from first_ on whose payload is complete
    std::size_t in_suffix_ = 0;  // chunk and suffix: bytes received of the suffix
    bool suffix_may_come_ = false;
    bool wrong_ = false;
};

}  // namespace iomux::protocol
