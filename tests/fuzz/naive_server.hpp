#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "protocol/dialect.hpp"

namespace iomux::fuzz {

/// The server's side of the protocol once more, byte by byte, with no thought of memory or time: what the real one is
/// compared with.
class NaiveServer {
public:
    explicit NaiveServer(const protocol::Dialect& dialect) : dialect_(dialect) {}

    /// What one read returns, and what is answered to it.
    std::string receive(std::string_view read);

    std::size_t messages() const { return messages_; }
    bool message_too_long() const { return too_long_; }
    bool amid_message() const { return !begun_.empty(); }

private:
    void receive_chunk(std::string_view read);
    void receive_byte_of_line(char byte);
    void receive_byte_of_length(char byte);
    void answer(const std::string& message);

    const protocol::Dialect dialect_;
    std::string begun_;  // what has come of a message, marks included
    std::string replies_;
    std::size_t messages_ = 0;
    bool too_long_ = false;
};

}  // namespace iomux::fuzz
