#pragma once

#include <array>
#include <cstddef>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "client/script.hpp"
#include "posix/transfer.hpp"
#include "posix/unique_fd.hpp"
#include "protocol/requests.hpp"

namespace iomux::client {

/// One connection, talked over by one thread in blocking calls, read from top to bottom.
class Conversation {
public:
    /// `fd` is connected, and blocks. `script` outlives it.
    Conversation(std::size_t number, posix::UniqueFd fd, const Script& script);
    Conversation(const Conversation&) = delete;
    Conversation& operator=(const Conversation&) = delete;

    /// Talks until the script is done, the stop is asked for, or something goes wrong, and then tells the server that
    /// nothing more will come (half-close). Prints replies on standard output, and what went wrong on standard error.
    void talk(std::stop_token stop);

    /// Then takes what is still due, until the server has ended the connection.
    void part();

    /// From another thread: ends `part` at once, where the server does not end the connection.
    void abandon() const;

    /// After `part`: whether something went wrong.
    bool failed() const { return failed_; }

private:
    bool ask();
    bool hear();
    bool rest() const;

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
    std::vector<std::byte> heard_;  // of the reply that is not whole yet
    std::array<std::byte, 16 * 1024> buffer_;
    std::stop_token stop_;
    bool failed_ = false;
};

}  // namespace iomux::client
