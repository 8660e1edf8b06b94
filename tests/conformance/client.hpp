#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "posix/endpoint.hpp"
#include "posix/unique_fd.hpp"

namespace iomux::conformance {

/// How long a test waits for what must come about. Nothing is this slow: who waits in vain has found a fault.
inline constexpr std::chrono::seconds patience{60};

/// Waits until the condition holds, for what the kernel has no event for. Throws once patience is over.
template <class Condition>
void wait_until(Condition condition, const char* what);
void rest_a_moment(std::chrono::steady_clock::time_point since, const char* what);

/// A client's socket. What does not come about in time throws, and so does a connection that breaks.
class Client {
public:
    explicit Client(const posix::Endpoint& server);

    int fd() const { return socket_.get(); }

    void send(std::string_view bytes);
    /// As many of the bytes as there is room for. Returns how many: none where there is no room for `how_long`.
    std::size_t send_some(std::string_view bytes, std::chrono::milliseconds how_long);

    /// At least one byte; nothing at the end of file.
    std::string receive_some();
    std::string receive(std::size_t size);
    /// Everything up to the end of file.
    std::string receive_all();
    /// Whether the server has ended the connection, by an end of file or a reset, with no byte before it.
    bool is_turned_away();

    /// Waits until there is something to receive, or room where `for_room_too`. Returns what poll(2) says.
    short wait(bool for_room_too);

    /// Waits until the server's kernel has all that was sent (TCP).
    void await_receipt();
    /// Keeps the kernel from taking in much that is not read here.
    void receive_little_ahead();

    void end_sending();
    /// Closes by a reset.
    void reset();
    void close() { socket_.reset(); }

private:
    posix::UniqueFd socket_;
};

template <class Condition>
void wait_until(Condition condition, const char* what) {
    const auto since = std::chrono::steady_clock::now();
    while (!condition()) rest_a_moment(since, what);
}

}  // namespace iomux::conformance
