#pragma once

#include <array>
#include <cstddef>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "client/agreement_hint.hpp"
#include "client/script.hpp"
#include "posix/io_result.hpp"
#include "posix/unique_fd.hpp"
#include "protocol/requests.hpp"

namespace iomux::client {

/// One connection, served by one thread with blocking calls.
class Conversation {
public:
    /// `fd` is connected and blocking. `script` and `hint` outlive the conversation. Throws std::system_error.
    Conversation(std::size_t number, posix::UniqueFd fd, const Script& script, AgreementHint& hint);
    Conversation(const Conversation&) = delete;
    Conversation& operator=(const Conversation&) = delete;

    /// Runs the script until it is done, a stop is requested, or an error occurs. Then it half-closes the connection.
    /// Prints replies on standard output. Prints errors, and once that it has waited for long, on standard error.
    void talk(std::stop_token stop);

    /// After `talk`: reads the outstanding replies until the server closes the connection.
    void finish();

    /// Called from another thread: ends `finish` at once if the server does not close the connection.
    void abandon() const;

    /// After `finish`: whether an error occurred.
    bool failed() const { return failed_; }

private:
    bool send_request();
    bool receive_reply();
    bool expect_no_reply();
    bool pause() const;

    posix::IoResult receive();
    void report_wait(std::string_view what);
    bool take(protocol::Bytes bytes);
    bool print(std::string_view what, protocol::Bytes bytes);
    bool broke_off(std::string_view how);
    bool fail(std::string_view why);
    void half_close() const;

    const std::size_t number_;
    const posix::UniqueFd fd_;
    const Script& script_;
    AgreementHint& hint_;
    std::vector<std::byte> request_;
    protocol::ReplyChecker replies_;
    std::vector<std::byte> reply_bytes_;  // bytes of the incomplete reply
    std::array<std::byte, 16 * 1024> buffer_;
    std::stop_token stop_;
    bool has_reported_wait_ = false;
    bool was_answered_ = false;
    bool failed_ = false;
};

}  // namespace iomux::client
