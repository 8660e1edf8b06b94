#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "protocol/protocol_config.hpp"

namespace iomux::fuzz {

/// A second implementation of the server side of the protocol, to compare the real one with. It works byte by byte and
/// ignores memory and speed.
class NaiveServer {
public:
    explicit NaiveServer(const protocol::ProtocolConfig& protocol) : protocol_(protocol) {}

    /// Takes the bytes of one read and returns the replies to them.
    std::string receive(std::string_view read);

    std::size_t messages() const { return messages_; }
    bool message_too_long() const { return too_long_; }
    bool amid_message() const { return !begun_.empty(); }

private:
    void receive_chunk(std::string_view read);
    void receive_byte_of_line(char byte);
    void receive_byte_of_length(char byte);
    void answer(const std::string& message);

    const protocol::ProtocolConfig protocol_;
    std::string begun_;  // the incomplete message, marks included
    std::string replies_;
    std::size_t messages_ = 0;
    bool too_long_ = false;
};

}  // namespace iomux::fuzz
