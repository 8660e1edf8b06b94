#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "compare/meters/traced_call.hpp"
#include "compare/profile/frame.hpp"

namespace iomux::compare {

/// What kind of code spends the time.
enum class Layer {
    own_code,      ///< The server's own functions.
    library,       ///< Asio, liburing, the standard libraries.
    allocator,     ///< malloc(3), free(3), operator new and delete.
    system_calls,  ///< Entry to and exit from the kernel.
    waiting,       ///< The wait mechanism: epoll, poll, select, the core of io_uring.
    sending,       ///< The socket's send path, down to the device.
    receiving,     ///< The socket's receive path, in a system call of the server.
    peer_receive,  ///< The receive path of the peer's socket. On loopback it runs in a soft interrupt of the sender.
    copying,       ///< Bytes of messages, between the kernel and the process.
    scheduling,    ///< Wake-ups, and switches between threads.
    other,         ///< Known, but nothing of the above: interrupts, page faults, opening and closing of sockets.
    unknown,       ///< No rule of the table covers the function, or it has no symbol.
};
/// `own code`, `library`, …
std::string_view name_of(Layer layer);

/// A part of a message's cost. What is unknown has stage `other`.
struct Part {
    Layer layer = Layer::unknown;
    Stage stage = Stage::other;

    bool operator==(const Part&) const = default;
    /// By layer, then by stage.
    bool operator<(const Part& other) const { return layer != other.layer ? layer < other.layer : stage < other.stage; }
};

/// For people: `library, read`; without the stage if it is `other`.
std::string text_of(const Part& part);

/// What a sample shows.
struct Attribution {
    Part part;
    std::size_t frame = 0;  ///< The place of the function that decides the layer, in the stack.
};

/// The part that a sample belongs to, by the table in parts_table.cpp. `stack` has the functions of the sample, the
/// innermost first: those of the kernel, then those of the process.
Attribution attribute(std::span<const Frame> stack);

}  // namespace iomux::compare
