#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "posix/endpoint.hpp"
#include "posix/unique_fd.hpp"

namespace iomux::conformance {

/// How long a test waits for an event. Nothing is this slow, so a test that times out has found a fault.
inline constexpr std::chrono::seconds patience{60};

/// Polls until the condition holds, if the kernel has no event for it. Throws once `patience` is over.
template <class Condition>
void wait_until(Condition condition, const char* what);
void sleep_a_moment(std::chrono::steady_clock::time_point since, const char* what);

/// A client's socket. It throws if an event does not come in time, or if the connection breaks.
class Client {
public:
    explicit Client(const posix::Endpoint& server);

    int fd() const { return socket_.get(); }

    void send(std::string_view bytes);
    /// Sends as many bytes as there is room for. Returns how many: 0 if there is no room within `time_limit`.
    std::size_t send_some(std::string_view bytes, std::chrono::milliseconds time_limit);

    /// Receives at least one byte. Returns nothing at the end of file.
    std::string receive_some();
    std::string receive(std::size_t size);
    /// Receives everything up to the end of file.
    std::string receive_all();
    /// Waits for the server, and returns whether it has ended the connection without sending a byte first.
    bool is_refused();

    /// Waits until there are bytes to receive or, if `or_writable`, room to send. Returns the events of poll(2).
    short wait(bool or_writable);

    /// Waits until the server's kernel has acknowledged everything that was sent (TCP).
    void await_receipt();
    /// Makes this side's kernel accept few bytes that are not read.
    void shrink_receive_buffer();

    void end_sending();
    /// Closes with a reset.
    void reset();
    void close() { socket_.reset(); }

private:
    posix::UniqueFd socket_;
};

template <class Condition>
void wait_until(Condition condition, const char* what) {
    const auto since = std::chrono::steady_clock::now();
    while (!condition()) sleep_a_moment(since, what);
}

}  // namespace iomux::conformance
