#pragma once

#include <cstddef>
#include <vector>

namespace iomux::posix {

/// The cores that this process may use, in ascending order (sched_setaffinity(2)). Throws std::system_error.
std::vector<int> allowed_cores();

/// The soft limit on open descriptors (RLIMIT_NOFILE).
std::size_t descriptor_limit();

/// Raises the soft limit on open descriptors to the hard one, as far as the system lets us (RLIMIT_NOFILE).
/// Returns the limit.
std::size_t raise_descriptor_limit();

/// Raises it for as long as this object lives: a program that is started later gets the limit that there was.
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
