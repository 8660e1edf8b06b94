#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace iomux::compare {

/// Waits for many descriptors at once by one mechanism of the kernel, and does nothing else.
class Monitor {
public:
    virtual ~Monitor() = default;
    /// One wait: sleeps until some of the descriptors can be read, and says which. Valid until the next wait.
    /// Throws std::system_error.
    virtual std::span<const int> wait() = 0;
};

struct Mechanism {
    std::string_view name;
    /// What stays ready is reported by every wait, and not by the first one alone.
    bool reports_again;
    /// Registers the descriptors, which outlive the monitor. Throws std::system_error.
    std::unique_ptr<Monitor> (*watch)(std::span<const int> descriptors);
    /// Why it cannot watch these, or nothing.
    std::optional<std::string> (*obstacle)(std::span<const int> descriptors);
};

/// select, poll, epoll, epoll_et, io_uring.
std::span<const Mechanism> monitor_mechanisms();

/// A multishot poll for each descriptor. Without liburing there is an obstacle whatever the descriptors.
std::unique_ptr<Monitor> watch_by_ring(std::span<const int> descriptors);
std::optional<std::string> obstacle_to_ring(std::span<const int> descriptors);

}  // namespace iomux::compare
