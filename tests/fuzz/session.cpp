// Compares a session with a naive server. The replies must be the same, however the bytes are split and however little
// room there is for replies. The session must not keep more memory than its contract says.
#include "protocol/session.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "fuzzing.hpp"
#include "naive_server.hpp"

namespace iomux::fuzz {
namespace {

using protocol::as_bytes;
using protocol::as_text;
using protocol::Bytes;
using protocol::Framing;
using protocol::ProtocolConfig;
using protocol::Replies;
using protocol::Session;
using protocol::Violation;

class CountedMemory : public std::pmr::memory_resource {
public:
    std::size_t held() const { return held_; }
    std::size_t most() const { return most_; }

private:
    void* do_allocate(std::size_t size, std::size_t alignment) override {
        held_ += size;
        most_ = std::max(most_, held_);
        return std::pmr::new_delete_resource()->allocate(size, alignment);
    }
    void do_deallocate(void* memory, std::size_t size, std::size_t alignment) override {
        held_ -= size;
        std::pmr::new_delete_resource()->deallocate(memory, size, alignment);
    }
    bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }

    std::size_t held_ = 0;
    std::size_t most_ = 0;
};

/// Room for replies: a limit in bytes, and whether the replies to several reads are gathered.
struct Room {
    std::size_t limit;
    bool gathers;

    /// The most memory that replies allocate with this limit.
    std::size_t memory() const { return limit + Replies::refer_from + ProtocolConfig::longest_suffix + 8; }
};

/// A session in a server that sends every reply.
class Tested {
public:
    Tested(const ProtocolConfig& protocol, const Room& room)
        : protocol_(protocol), room_(room), session_(protocol, &memory_), replies_(room.limit, &memory_) {}

    void receive(std::string_view read) {
        longest_read_ = std::max(longest_read_, read.size());
        // A separate allocation, so that a sanitizer detects an access beyond it or a dangling reference.
        const Bytes bytes = reads_.emplace_back(as_bytes(read).begin(), as_bytes(read).end());
        messages_ += session_.receive(bytes, replies_);
        if (session_.holding()) resume_all();
        if (!room_.gathers || !replies_.takes_more()) send();
    }

    void send() {
        const std::size_t longest_reply = protocol_.max_message + protocol_.suffix.size() + 4 + 1;
        require(replies_.size() < room_.limit + longest_reply, "replies exceed their limit by at most one reply");
        for (const Bytes piece : replies_.pieces()) sent_ += as_text(piece);
        replies_.clear();
        reads_.clear();
        check_memory();
    }

    void compare_with(const NaiveServer& naive) const {
        require(messages_ == naive.messages(), "every message is counted");
        require(broken() == naive.message_too_long(),
                "a message that is too long is a violation, and no other message is");
        require(broken() || session_.amid_message() == naive.amid_message(), "an incomplete message is reported");
    }

    const std::string& sent() const { return sent_; }

private:
    bool broken() const { return session_.violation() != Violation::none; }

    void resume_all() {
        while (session_.holding()) {
            send();
            const std::size_t messages = session_.resume(replies_);
            require(messages > 0 || !session_.holding(), "held messages are answered when there is room");
            messages_ += messages;
        }
    }

    void check_memory() const {
        const std::size_t longest_kept = protocol_.max_message + longest_read_ + 5;
        // A vector allocates up to twice its size, and three times while it grows. A second one may belong to the
        // replies.
        require(memory_.most() <= room_.memory() + 5 * longest_kept, "at most one message or one read is kept");
        const bool keeps = session_.amid_message() || session_.holding();
        require(keeps || memory_.held() <= room_.memory(), "nothing is kept between messages");
    }

    const ProtocolConfig& protocol_;
    const Room room_;
    CountedMemory memory_;
    Session session_;
    Replies replies_;
    std::vector<std::vector<std::byte>> reads_;  // the memory that replies may refer to
    std::size_t longest_read_ = 0;
    std::size_t messages_ = 0;
    std::string sent_;
};

void check(const ProtocolConfig& protocol, const Room& room, const std::vector<std::string_view>& reads) {
    NaiveServer naive(protocol);
    Tested tested(protocol, room);
    std::string expected;
    for (const std::string_view read : reads) {
        expected += naive.receive(read);
        tested.receive(read);
        tested.compare_with(naive);
    }
    tested.send();
    require(tested.sent() == expected, "every reply is correct");
}

}  // namespace
}  // namespace iomux::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace iomux::fuzz;
    Input input(data, size);
    const iomux::protocol::ProtocolConfig protocol = choose_protocol(input);
    const Room room{.limit = input.one_of<std::size_t>({1, 9, 64, 1000, 5000, 65536}), .gathers = input.below(2) != 0};
    const Sizes sizes(input);
    const std::string_view stream = iomux::protocol::as_text(input.rest());

    check(protocol, room, cut(stream, sizes));
    if (protocol.framing == iomux::protocol::Framing::chunk) return 0;
    check(protocol, room, {stream});
    std::vector<std::string_view> bytes;
    for (std::size_t i = 0; i < stream.size(); ++i) bytes.push_back(stream.substr(i, 1));
    check(protocol, room, bytes);
    return 0;
}
