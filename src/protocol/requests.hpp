#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "protocol/dialect.hpp"

namespace iomux::protocol {

/// Appends a request that carries `message` to `out`. The message fits the dialect: `line` has no LF in it and
/// no CR at its end, nothing is longer than the limit, with `chunk` it is not empty.
void append_request(const Dialect& dialect, Bytes message, std::vector<std::byte>& out);

/// Why `message` cannot be asked in this dialect, or nothing.
std::optional<std::string> unaskable(const Dialect& dialect, Bytes message);

/// The client's side of one connection: checks every byte of the replies to the requests it was told of.
///
/// With `chunk` and a suffix, the network decides where the server's reads end, so the suffix may stand behind
/// any byte of the requests, and stands behind the last. So a message that has the suffix's first byte in it may be
/// taken for a wrong reply when the network splits it, or when more than one is asked at a time.
class ReplyChecker {
public:
    /// `dialect` outlives the checker.
    explicit ReplyChecker(const Dialect& dialect);

    /// A request with this message was sent; its bytes stay valid until its reply is whole.
    /// Of a service that does not answer, nothing is expected.
    void expect(Bytes message);

    /// Checks the next bytes of the stream. Returns how many replies they completed.
    /// After a wrong byte `wrong()` holds and nothing more is taken.
    std::size_t check(Bytes bytes);

    bool wrong() const { return wrong_; }
    /// Requests not answered in full.
    std::size_t outstanding() const { return expected_.size() - first_; }

private:
    bool is_the_reply(Bytes bytes) const;
    bool check_marked(Bytes& bytes);
    std::size_t check_chunks(Bytes bytes);
    void forget(std::size_t replies);

    const Dialect* dialect_;
    std::string ending_;           // what stands behind the message in a reply
    bool bare_ = false;            // nothing but the message is in a reply
    std::vector<Bytes> expected_;  // from first_ on
    std::size_t first_ = 0;
    std::size_t position_ = 0;   // in the first reply; with chunk and suffix, in the payload of `reading_`
    std::size_t reading_ = 0;    // chunk and suffix: replies from first_ on whose payload has come
    std::size_t in_suffix_ = 0;  // chunk and suffix: bytes of the suffix that have come
    bool suffix_may_come_ = false;
    bool wrong_ = false;
};

}  // namespace iomux::protocol
