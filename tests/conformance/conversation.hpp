#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "client.hpp"
#include "protocol/requests.hpp"

namespace iomux::conformance {

/// Letters, the same ones for the same `number`.
std::string message(std::size_t size, unsigned number = 0);

/// A client that asks, and checks every byte of every answer. Wrong, missing and surplus ones throw.
class Conversation {
public:
    /// `dialect` outlives the conversation.
    Conversation(const posix::Endpoint& server, const protocol::Dialect& dialect)
        : client_(server), dialect_(dialect), checker_(dialect) {}

    Client& client() { return client_; }

    /// Prepares a request; it is sent by what follows.
    void ask(std::string message);
    void ask_times(std::size_t times, std::size_t size);

    /// Sends so many bytes of the requests, or what there is.
    void send_fragment(std::size_t size);
    /// Sends all requests, and receives nothing meanwhile.
    void send_all();
    /// Sends as much as there is room for. Returns how much: nothing where there is no room for `how_long`.
    std::size_t send_what_fits(std::chrono::milliseconds how_long);
    /// Sends what is unsent, and receives until all is answered, both as the server allows.
    void await_answers();
    /// Waits until the first byte of an answer is here, and leaves it to be received.
    void await_first_byte() { client_.wait(false); }
    /// The end of file comes once all is answered, and nothing else.
    void await_end();

    void ask_and_await(std::string message) {
        ask(std::move(message));
        await_answers();
    }
    /// Half-closes, with everything answered before the end of file.
    void finish();

    std::size_t bytes_sent() const { return sent_; }
    std::size_t bytes_received() const { return received_; }
    std::size_t replies() const { return replies_; }

private:
    bool all_sent() const { return sent_ == requests_.size(); }
    std::string_view unsent() const { return protocol::as_text(protocol::Bytes(requests_).subspan(sent_)); }
    bool receive();

    Client client_;
    const protocol::Dialect& dialect_;
    std::deque<std::string> messages_;  // the checker refers to them
    std::vector<std::byte> requests_;
    std::size_t sent_ = 0;
    std::size_t received_ = 0;
    std::size_t replies_ = 0;
    protocol::ReplyChecker checker_;
};

}  // namespace iomux::conformance
