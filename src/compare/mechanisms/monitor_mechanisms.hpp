#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace iomux::compare {

/// Waits for many descriptors with one mechanism of the kernel, and does nothing else.
class Monitor {
public:
    virtual ~Monitor() = default;
    /// Sleeps until at least one descriptor is readable, and returns the readable ones. The result is valid until the
    /// next call. Throws std::system_error.
    virtual std::span<const int> wait() = 0;
};

struct Mechanism {
    std::string_view name;
    /// Whether every wait reports a descriptor that stays ready, and not only the first wait.
    bool reports_again;
    /// Registers the descriptors, which must outlive the monitor. Throws std::system_error.
    std::unique_ptr<Monitor> (*watch)(std::span<const int> descriptors);
    /// The reason why it cannot watch these descriptors, or nothing.
    std::optional<std::string> (*obstacle)(std::span<const int> descriptors);
};

/// select, poll, epoll, epoll-et, io_uring.
std::span<const Mechanism> monitor_mechanisms();

/// Uses a multishot poll for each descriptor. Without liburing there is always an obstacle.
std::unique_ptr<Monitor> watch_by_ring(std::span<const int> descriptors);
std::optional<std::string> obstacle_to_ring(std::span<const int> descriptors);

}  // namespace iomux::compare
