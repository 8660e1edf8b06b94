#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "client.hpp"
#include "protocol/requests.hpp"

namespace iomux::conformance {

/// Pseudo-random letters, determined by `number`.
std::string message(std::size_t size, unsigned number = 0);

/// A client that sends requests and checks every byte of the replies. It throws if one is wrong, missing or surplus.
class Conversation {
public:
    /// `protocol` outlives the conversation.
    Conversation(const posix::Endpoint& server, const protocol::ProtocolConfig& protocol)
        : client_(server), protocol_(protocol), checker_(protocol) {}

    Client& client() { return client_; }

    /// Prepares a request. The functions below send it.
    void ask(std::string message);
    void ask_times(std::size_t times, std::size_t size);

    /// Sends at most `size` bytes of the requests.
    void send_fragment(std::size_t size);
    /// Sends all requests without receiving meanwhile.
    void send_all();
    /// Sends as much as there is room for. Returns the bytes sent: 0 if there is no room within `time_limit`.
    std::size_t send_what_fits(std::chrono::milliseconds time_limit);
    /// Sends the unsent requests and receives until all are answered, both at the same time.
    void await_answers();
    /// Waits until the first byte of an answer has arrived, and does not receive it.
    void await_first_byte() { client_.wait(false); }
    /// Receives until the end of file, which must come after the last answer.
    void await_end();

    void ask_and_await(std::string message) {
        ask(std::move(message));
        await_answers();
    }
    /// Waits for all answers, half-closes, and waits for the end of file.
    void finish();

    std::size_t bytes_sent() const { return sent_; }
    std::size_t bytes_received() const { return received_; }
    std::size_t replies() const { return replies_; }

private:
    bool all_sent() const { return sent_ == requests_.size(); }
    std::string_view unsent() const { return protocol::as_text(protocol::Bytes(requests_).subspan(sent_)); }
    bool receive();

    Client client_;
    const protocol::ProtocolConfig& protocol_;
    std::deque<std::string> messages_;  // the checker refers to them
    std::vector<std::byte> requests_;
    std::size_t sent_ = 0;
    std::size_t received_ = 0;
    std::size_t replies_ = 0;
    protocol::ReplyChecker checker_;
};

}  // namespace iomux::conformance
