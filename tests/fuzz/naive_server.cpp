#include "naive_server.hpp"

#include <utility>

namespace iomux::fuzz {

using protocol::Framing;
using protocol::Service;

namespace {

std::string big_endian(std::size_t number) {
    std::string bytes;
    for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(number >> shift & 0xff);
    return bytes;
}

std::size_t number_in(const std::string& bytes) {
    std::size_t number = 0;
    for (const char byte : bytes) number = number * 256 + static_cast<unsigned char>(byte);
    return number;
}

}  // namespace

std::string NaiveServer::receive(std::string_view read) {
    if (protocol_.framing == Framing::chunk) receive_chunk(read);
    if (protocol_.framing == Framing::line)
        for (const char byte : read) receive_byte_of_line(byte);
    if (protocol_.framing == Framing::length)
        for (const char byte : read) receive_byte_of_length(byte);
    return std::exchange(replies_, "");
}

void NaiveServer::receive_chunk(std::string_view read) {
    while (!read.empty()) {
        const std::string message(read.substr(0, protocol_.max_message));
        answer(message);
        read.remove_prefix(message.size());
    }
}

void NaiveServer::receive_byte_of_line(char byte) {
    if (too_long_) return;
    begun_ += byte;
    if (byte != '\n') {
        // The last byte may be a carriage return, which does not count.
        too_long_ = begun_.size() > protocol_.max_message + 1;
        return;
    }
    begun_.pop_back();
    if (begun_.ends_with('\r')) begun_.pop_back();
    if (begun_.size() > protocol_.max_message)
        too_long_ = true;
    else
        answer(std::exchange(begun_, ""));
}

void NaiveServer::receive_byte_of_length(char byte) {
    if (too_long_) return;
    begun_ += byte;
    if (begun_.size() < 4) return;
    const std::size_t length = number_in(begun_.substr(0, 4));
    if (length > protocol_.max_message) too_long_ = true;
    if (begun_.size() == 4 + length) answer(std::exchange(begun_, "").substr(4));
}

void NaiveServer::answer(const std::string& message) {
    ++messages_;
    if (protocol_.service == Service::discard) return;
    const std::string reply = message + (protocol_.service == Service::suffix ? protocol_.suffix : "");
    if (protocol_.framing == Framing::length) replies_ += big_endian(reply.size());
    replies_ += reply;
    if (protocol_.framing == Framing::line) replies_ += '\n';
}

}  // namespace iomux::fuzz
