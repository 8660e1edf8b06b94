#pragma once

#include <array>
#include <cstddef>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "client/script.hpp"
#include "posix/io_result.hpp"
#include "posix/unique_fd.hpp"
#include "protocol/requests.hpp"

namespace iomux::client {

/// One connection, served by one thread with blocking calls.
class Conversation {
public:
    /// `fd` is connected and blocking. `script` outlives the conversation.
    Conversation(std::size_t number, posix::UniqueFd fd, const Script& script);
    Conversation(const Conversation&) = delete;
    Conversation& operator=(const Conversation&) = delete;

    /// Runs the script until it is done, a stop is requested, or an error occurs. Then it half-closes the connection.
    /// Prints replies on standard output and errors on standard error.
    void talk(std::stop_token stop);

    /// After `talk`: reads the outstanding replies until the server closes the connection.
    void finish();

    /// Called from another thread: ends `finish` at once if the server does not close the connection.
    void abandon() const;

    /// After `finish`: whether an error occurred.
    bool failed() const { return failed_; }
    /// After `finish`: whether the server may serve another protocol. It sent a wrong reply, or none before it closed.
    bool may_disagree() const { return may_disagree_; }

private:
    bool send_request();
    bool receive_reply();
    bool pause() const;

    bool take(protocol::Bytes bytes);
    bool print(std::string_view what, protocol::Bytes bytes);
    bool broke_off(std::string_view how);
    bool fail(std::string_view why);
    void half_close() const;

    const std::size_t number_;
    const posix::UniqueFd fd_;
    const Script& script_;
    std::vector<std::byte> request_;
    protocol::ReplyChecker replies_;
    std::vector<std::byte> reply_bytes_;  // bytes of the incomplete reply
    std::array<std::byte, 16 * 1024> buffer_;
    std::stop_token stop_;
    bool was_answered_ = false;
    bool failed_ = false;
    bool may_disagree_ = false;
};

}  // namespace iomux::client
