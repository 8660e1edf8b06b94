#include "compare/meters/traced_call.hpp"

#include <fmt/format.h>
#include <linux/futex.h>
#include <sys/epoll.h>

#include <cstring>
#include <map>
#include <optional>

namespace iomux::compare {
namespace {

// How to describe a call's arguments.
enum class Shape { nothing, descriptor, bytes, pieces, epoll_wait, epoll_ctl, polled, selected, ring, futex };

struct Known {
    Stage stage;
    Shape shape;
};

const std::map<std::string_view, Known> known_calls{
    {"socket", {Stage::listen, Shape::nothing}},
    {"bind", {Stage::listen, Shape::descriptor}},
    {"listen", {Stage::listen, Shape::descriptor}},
    {"epoll_wait", {Stage::wait, Shape::epoll_wait}},
    {"epoll_pwait", {Stage::wait, Shape::epoll_wait}},
    {"epoll_pwait2", {Stage::wait, Shape::epoll_wait}},
    {"epoll_ctl", {Stage::watch, Shape::epoll_ctl}},
    {"poll", {Stage::wait, Shape::polled}},
    {"ppoll", {Stage::wait, Shape::polled}},
    {"select", {Stage::wait, Shape::selected}},
    {"pselect6", {Stage::wait, Shape::selected}},
    {"io_uring_enter", {Stage::wait, Shape::ring}},
    {"futex", {Stage::other, Shape::futex}},
    {"accept", {Stage::accept, Shape::descriptor}},
    {"accept4", {Stage::accept, Shape::descriptor}},
    {"read", {Stage::read, Shape::bytes}},
    {"recvfrom", {Stage::read, Shape::bytes}},
    {"readv", {Stage::read, Shape::pieces}},
    {"recvmsg", {Stage::read, Shape::descriptor}},
    {"write", {Stage::write, Shape::bytes}},
    {"sendto", {Stage::write, Shape::bytes}},
    {"writev", {Stage::write, Shape::pieces}},
    {"sendmsg", {Stage::write, Shape::descriptor}},
    {"close", {Stage::close, Shape::descriptor}},
    {"shutdown", {Stage::close, Shape::descriptor}},
    {"ioctl", {Stage::other, Shape::descriptor}},
    {"setsockopt", {Stage::other, Shape::descriptor}},
    {"getsockopt", {Stage::other, Shape::descriptor}},
    {"fcntl", {Stage::other, Shape::descriptor}},
    {"getsockname", {Stage::other, Shape::descriptor}},
    {"getpeername", {Stage::other, Shape::descriptor}},
};

Known known(std::string_view name) {
    const auto found = known_calls.find(name);
    return found == known_calls.end() ? Known{Stage::other, Shape::nothing} : found->second;
}

// An argument has the width of a register, whatever its type is.
int number(std::uint64_t argument) { return static_cast<int>(argument); }

bool is_futex_wait(const CallEntry& entry) {
    const int command = number(entry.arguments[1]) & FUTEX_CMD_MASK;
    return command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET;
}

std::string_view operation_name(std::uint64_t operation) {
    switch (number(operation)) {
        case EPOLL_CTL_ADD: return "add";
        case EPOLL_CTL_MOD: return "change";
        case EPOLL_CTL_DEL: return "remove";
        default: return "?";
    }
}

std::string text_of(const CallEntry& entry, Shape shape) {
    const auto& arguments = entry.arguments;
    switch (shape) {
        case Shape::nothing:
        case Shape::descriptor: return "";
        case Shape::bytes: return fmt::format("{} bytes", arguments[2]);
        case Shape::pieces: return fmt::format("{} pieces", arguments[2]);
        case Shape::epoll_wait: return fmt::format("{} events at most", number(arguments[2]));
        case Shape::epoll_ctl: return fmt::format("{} fd {}", operation_name(arguments[1]), number(arguments[2]));
        case Shape::polled: return fmt::format("descriptors: {}", arguments[1]);
        case Shape::selected: return fmt::format("descriptors below {}", number(arguments[0]));
        case Shape::ring: return fmt::format("submits {}, waits for {}", number(arguments[1]), number(arguments[2]));
        case Shape::futex: return is_futex_wait(entry) ? "waits for another thread" : "wakes another thread";
    }
    return "";
}

}  // namespace

std::string_view name_of(Stage stage) {
    switch (stage) {
        case Stage::listen: return "listen";
        case Stage::wait: return "wait";
        case Stage::accept: return "accept";
        case Stage::read: return "read";
        case Stage::write: return "write";
        case Stage::watch: return "watch";
        case Stage::close: return "close";
        case Stage::other: return "other";
    }
    return "";
}

bool takes_descriptor(std::string_view name) {
    switch (known(name).shape) {
        case Shape::nothing:
        case Shape::polled:
        case Shape::selected:
        case Shape::ring:  // the argument is often an index of registered rings
        case Shape::futex: return false;
        default: return true;
    }
}

Stage stage_of(std::string_view name, const CallEntry& entry, std::string_view descriptor) {
    const Known call = known(name);
    if (call.shape == Shape::futex) return is_futex_wait(entry) ? Stage::wait : Stage::other;
    // Reads and writes on other descriptors, such as an eventfd, are internal to the server.
    const bool is_of_a_client = call.stage == Stage::read || call.stage == Stage::write || call.stage == Stage::close;
    return is_of_a_client && descriptor != "socket" ? Stage::other : call.stage;
}

std::string detail_of(std::string_view name, const CallEntry& entry, std::string_view descriptor) {
    std::string text = text_of(entry, known(name).shape);
    if (!takes_descriptor(name)) return text;
    return fmt::format("fd {} ({}){}{}", number(entry.arguments[0]), descriptor, text.empty() ? "" : ", ", text);
}

bool TracedCall::found_something() const {
    if (error != 0) return false;
    // Results that are not positive: an end of file, and completions that were already there.
    return result > 0 || stage == Stage::read || stage == Stage::close || name == "io_uring_enter";
}

std::string error_name(int number) {
    const char* const name = ::strerrorname_np(number);
    return name != nullptr ? name : fmt::format("error {}", number);
}

}  // namespace iomux::compare
