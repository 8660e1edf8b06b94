#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace iomux::posix {

/// The cores that a thread may use, in ascending order (sched_getaffinity(2)); 0: this one. Throws std::system_error.
std::vector<int> allowed_cores(pid_t thread = 0);

/// The ports that the kernel chooses from, the last one included (ip_local_port_range, ip(7)).
struct PortRange {
    std::uint16_t first, last;
};
/// Nothing if it is unknown, because /proc is missing.
std::optional<PortRange> ephemeral_ports();

/// The soft limit on open file descriptors (RLIMIT_NOFILE).
std::size_t descriptor_limit();

/// What it can be raised to: the hard limit.
std::size_t highest_descriptor_limit();

/// Raises the soft limit on open file descriptors to the hard limit (RLIMIT_NOFILE). If that fails, the limit stays.
/// Returns the limit.
std::size_t raise_descriptor_limit();

/// Raises the limit while it lives, and then restores it. So a program that is started later gets the original limit.
class RaisedDescriptorLimit {
public:
    RaisedDescriptorLimit();
    ~RaisedDescriptorLimit();
    RaisedDescriptorLimit(const RaisedDescriptorLimit&) = delete;
    RaisedDescriptorLimit& operator=(const RaisedDescriptorLimit&) = delete;

private:
    std::size_t before_;
};

}  // namespace iomux::posix
